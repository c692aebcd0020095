#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "store_thread.hpp"

namespace handoff {
namespace {

/// The folder is this user's own, as what it has is everybody's who can read it.
void make_folder(const std::string& folder) {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, error);
    if (!error && ::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        error = std::error_code(errno, std::generic_category());
    }
    if (error) {
        throw Error(errc::system, "[manager] data: cannot make the folder \"" + folder +
                                      "\": " + error.message());
    }
}

}  // namespace

OpenedStore open_store(const ManagerConfig& config, std::function<void()> wake) {
    make_folder(config.data);
    store::StoreSettings settings;
    settings.path = config.data + "/" + store::file_name;
    settings.reserve_bytes = config.data_reserve;
    auto opened = std::make_unique<store::Store>(std::move(settings));
    core::Recovered recovered = opened->take_recovered();
    return {std::make_unique<StoreThread>(std::move(opened), std::move(wake)),
            std::move(recovered)};
}

}  // namespace handoff
