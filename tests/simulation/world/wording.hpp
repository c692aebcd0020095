#pragma once

#include <string>

#include "core/journal.hpp"
#include "core/messages.hpp"

namespace handoff::core::sim {

/// Messages as a trace shows them: "PUT #7 queue 1, positions 3-4: i17 i18".
[[nodiscard]] std::string in_words(const Request& request);
[[nodiscard]] std::string in_words(const Reply& reply);
/// Of what a turn changed: what became of items.
[[nodiscard]] std::string in_words(const Changes& changes);
[[nodiscard]] std::string in_words(const std::vector<Range>& ranges);
[[nodiscard]] std::string in_words(Time span);
[[nodiscard]] std::string in_words(const QueueOptions& options);
/// "i17 i18"
[[nodiscard]] std::string items_in_words(std::string_view run);
[[nodiscard]] std::string_view name_of(Verb verb);

}  // namespace handoff::core::sim
