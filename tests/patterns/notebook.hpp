#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace handoff::test {

/// A file in which processes note numbers, one write each, so that it outlives all of them.
class Notebook {
public:
    explicit Notebook(const std::filesystem::path& folder) : path_{folder / "notes"} {}

    void note(int number) const {
        const std::string line = std::to_string(number) + '\n';
        const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        const bool written = ::write(file, line.data(), line.size()) > 0;
        ::close(file);
        if (!written) throw std::runtime_error{"cannot write " + path_.string()};
    }
    /// How often each was noted.
    [[nodiscard]] std::map<int, int> counts() const {
        std::map<int, int> counts;
        std::ifstream file{path_};
        for (int number = 0; file >> number;) ++counts[number];
        return counts;
    }
    [[nodiscard]] int size() const {
        int sum = 0;
        for (const auto& [number, count] : counts()) sum += count;
        return sum;
    }

private:
    std::filesystem::path path_;
};

}  // namespace handoff::test
