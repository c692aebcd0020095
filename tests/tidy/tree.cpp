#include "tidy/tree.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace handoff::tidy {

namespace {

namespace fs = std::filesystem;

// What lies at the top. A working copy may hold more, logs and experiments, which are no part of
// the project.
constexpr std::array top{
    std::string_view{".ci"},          std::string_view{".clang-format"},
    std::string_view{".clang-tidy"},  std::string_view{".gitignore"},
    std::string_view{"CHANGELOG.md"}, std::string_view{"CMakeLists.txt"},
    std::string_view{"LICENSE"},      std::string_view{"CMakePresets.json"},
    std::string_view{"README.md"},    std::string_view{"CONTRIBUTING.md"},
    std::string_view{"cmake"},        std::string_view{"docs"},
    std::string_view{"examples"},     std::string_view{"kit"},
    std::string_view{"patterns"},     std::string_view{"tests"},
    std::string_view{"SECURITY.md"},
};

/// A folder that a build or a tool made.
bool is_foreign(const fs::path& path) {
    const std::string name = path.filename().string();
    return name == "build" || name.starts_with('.');
}

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Tree read_tree(const fs::path& root) {
    Tree tree;
    const auto take = [&](const fs::path& file) {
        const std::string path = file.lexically_relative(root).generic_string();
        tree.paths.insert(path);
        std::string text = read(file);
        if (text.find('\0') == std::string::npos) {
            tree.sources.push_back(scan(path, std::move(text)));
        }
    };
    for (const std::string_view name : top) {
        const fs::path entry = root / name;
        if (fs::is_regular_file(entry)) take(entry);
        if (!fs::is_directory(entry)) continue;
        tree.paths.emplace(name);
        for (auto it = fs::recursive_directory_iterator(entry); it != fs::end(it); ++it) {
            if (!it->is_directory()) {
                take(it->path());
            } else if (is_foreign(it->path())) {
                it.disable_recursion_pending();
            } else {
                tree.paths.insert(it->path().lexically_relative(root).generic_string());
            }
        }
    }
    return tree;
}

}  // namespace handoff::tidy
