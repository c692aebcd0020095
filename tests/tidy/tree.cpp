#include "tidy/tree.hpp"

#include <fstream>
#include <iterator>
#include <utility>

namespace handoff::tidy {

namespace {

namespace fs = std::filesystem;

/// Folders that hold no part of the project; anybody may keep more of them in a working copy.
bool is_foreign(const fs::path& path) {
    const std::string name = path.filename().string();
    return name == "build" || (name.starts_with('.') && name != ".ci");
}

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Tree read_tree(const fs::path& root) {
    Tree tree;
    for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
        const std::string path = it->path().lexically_relative(root).generic_string();
        if (it->is_directory()) {
            if (is_foreign(it->path())) {
                it.disable_recursion_pending();
            } else {
                tree.paths.insert(path);
            }
            continue;
        }
        tree.paths.insert(path);
        std::string text = read(it->path());
        if (text.find('\0') == std::string::npos) {
            tree.sources.push_back(scan(path, std::move(text)));
        }
    }
    return tree;
}

}  // namespace handoff::tidy
