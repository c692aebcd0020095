#include <cstdio>

#include "commands.hpp"
#include "handoff/keys.hpp"

namespace handoff::tool {

int keygen(const std::string& stem) {
    const KeyPair keys = KeyPair::make();
    write_key_files(keys, stem);
    std::printf("%s.pub  %s\n%s.key  secret: it stays on this host\n", stem.c_str(),
                keys.public_key.c_str(), stem.c_str());
    return exit_done;
}

}  // namespace handoff::tool
