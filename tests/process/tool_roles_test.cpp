// `handoff serve` takes over the roles of its file while it runs.
#include <filesystem>
#include <fstream>
#include <string>

#include "handoff/client.hpp"
#include "handoff/keys.hpp"
#include "process/program.hpp"
#include "process/tool.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/world.hpp"

namespace {

/// A manager with a file that says what ann may do.
class RolesInFile {
public:
    RolesInFile() {
        std::filesystem::create_directory(path("clients"));
        for (const char* name : {"manager", "clients/ann"}) {
            handoff::write_key_files(handoff::KeyPair::make(), path(name));
        }
        write(allowing("put = [\"jobs\"]\ncreate = [\"jobs\"]"));
        server_.emplace(
            Program::Words{handoff_command(), "serve", "--log", "info", "--config", file()});
        handoff::Config config;
        config.client.connect = {server_->read_line().substr(8)};
        config.security.mechanism = handoff::Mechanism::curve;
        config.security.manager_public_key = path("manager.pub");
        config.security.client_key = path("clients/ann.key");
        client_.emplace(config);
        jobs_.emplace(client_->queue<int>("jobs"));
    }
    [[nodiscard]] static std::string allowing(const std::string& rights) {
        return "[roles.some]\nkeys = [\"ann\"]\n" + rights + "\n";
    }
    /// The roles; all else of the file stays.
    void write(const std::string& roles, const std::string& to = "farm.toml") const {
        std::ofstream(path(to)) << "[manager]\nlisten = \"tcp://127.0.0.1:*\"\n"
                                << "[security]\nmechanism = \"curve\"\n"
                                << "manager_key = \"" << path("manager.key") << "\"\n"
                                << "clients = \"" << path("clients") << "\"\n"
                                << roles;
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() / name; }
    [[nodiscard]] std::string file() const { return path("farm.toml"); }
    bool may_put() {
        return handoff::test::code_of([&] { jobs_->put(1); }) == handoff::errc::ok;
    }
    bool may_get() {
        return handoff::test::code_of([&] { static_cast<void>(jobs_->try_get()); }) ==
               handoff::errc::ok;
    }
    /// How often its log has this.
    std::size_t told(const std::string& text) {
        const std::string log = server_->errors();
        std::size_t times = 0;
        for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) {
            ++times;
        }
        return times;
    }

private:
    handoff::test::TemporaryFolder folder_;
    std::optional<Program> server_;
    std::optional<handoff::Client> client_;
    std::optional<handoff::Queue<int>> jobs_;
};

}  // namespace

TEST_CASE("serve takes over changed roles of its file, and no others than valid ones") {
    RolesInFile farm;
    CHECK(farm.may_put());
    CHECK(!farm.may_get());

    farm.write(RolesInFile::allowing("get = [\"jobs\"]"), "next.toml");
    std::filesystem::rename(farm.path("next.toml"), farm.file());
    CHECK(handoff::test::eventually([&] { return !farm.may_put(); }));
    CHECK(farm.may_get());
    CHECK(farm.told("roles have changed") == 1);

    const std::string kept = "the roles stay as they were";
    farm.write(RolesInFile::allowing("gte = [\"jobs\"]"));
    CHECK(handoff::test::eventually([&] { return farm.told(kept) == 1; }));
    CHECK(farm.told("did you mean get?") == 1);
    std::filesystem::remove(farm.file());
    CHECK(handoff::test::eventually([&] { return farm.told(kept) == 2; }));
    CHECK(farm.may_get());
    CHECK(!farm.may_put());

    farm.write(RolesInFile::allowing("put = [\"jobs\"]"));
    CHECK(handoff::test::eventually([&] { return farm.may_put(); }));
    CHECK(!farm.may_get());
    CHECK(farm.told(kept) == 2);
    CHECK(farm.told("roles have changed") == 2);
}
