#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "core/journal.hpp"
#include "handoff/config.hpp"
#include "handoff/error.hpp"

namespace handoff {

/// Who stores what a manager's turns changed, while the manager goes on.
///
/// Thread safety: one owner, who is woken by another thread.
class Storekeeper {
public:
    Storekeeper() = default;
    virtual ~Storekeeper() = default;  ///< What was given is stored first.
    Storekeeper(const Storekeeper&) = delete;
    Storekeeper& operator=(const Storekeeper&) = delete;

    /// Does not wait.
    virtual void store(core::Changes turn) = 0;

    struct Report {
        core::Turn committed = 0;      ///< all turns up to this one are stored
        std::uint64_t room = 0;        ///< bytes that may still be put
        std::optional<Error> failure;  ///< nothing that came after `committed` will be stored
    };
    /// Whether something has happened since the last report.
    [[nodiscard]] virtual bool has_news() const noexcept = 0;
    [[nodiscard]] virtual Report report() = 0;
};

struct OpenedStore {
    std::unique_ptr<Storekeeper> keeper;
    core::Recovered recovered;
};

/// Opens the store in the folder `data`; `wake` is called, from another thread, when there is
/// something to report. Throws as store::Store; errc::unsupported if this library is built without
/// a store.
OpenedStore open_store(const ManagerConfig& config, std::function<void()> wake);

}  // namespace handoff
