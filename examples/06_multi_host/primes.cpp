#include "primes.hpp"

#include <iomanip>
#include <iostream>

namespace {

bool is_prime(long n) {
    if (n < 4) return n > 1;
    if (n % 2 == 0) return false;
    for (long d = 3; d * d <= n; d += 2) {
        if (n % d == 0) return false;
    }
    return true;
}

std::ostream& line(const std::string& host, const std::string& slices, const std::string& primes) {
    return std::cout << std::left << std::setw(12) << host << std::right << std::setw(8) << slices
                     << std::setw(10) << primes;
}

}  // namespace

long primes_in(const Slice& slice) {
    long primes = 0;
    for (long n = slice.from; n < slice.below; ++n) primes += is_prime(n) ? 1 : 0;
    return primes;
}

void Table::add(const Count& count) {
    seen_.insert(count.slice.from);
    for (Share* share : {&shares_[count.host], &all_}) {
        ++share->slices;
        share->primes += count.primes;
    }
}

bool Table::print(long below) const {
    line("host", "slices", "primes") << '\n';
    for (const auto& [host, share] : shares_) {
        line(host, std::to_string(share.slices), std::to_string(share.primes)) << '\n';
    }
    const long slices = (below + slice_size - 1) / slice_size;
    const bool exact = all_.slices == slices && static_cast<long>(seen_.size()) == slices &&
                       all_.primes == primes_in({0, below});
    line("all", std::to_string(all_.slices), std::to_string(all_.primes))
        << (exact ? "  exact" : "  NOT WHAT ONE PROCESS COUNTS") << '\n';
    return exact;
}
