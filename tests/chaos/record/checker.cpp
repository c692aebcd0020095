#include "chaos/record/checker.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "handoff/error.hpp"

namespace chaos {

namespace {

/// A fault is felt for a while after it has ended: what it broke is noticed late.
constexpr Nanoseconds aftermath = 8'000'000'000;
constexpr std::size_t offences_max = 8;  // of a kind

/// One handing out of a stretch of items that fared alike.
struct Delivery {
    const Tale* tale = nullptr;
    const Entry* entry = nullptr;
    std::uint64_t token = 0;
    bool begun = false;     ///< its acknowledgement
    bool finished = false;  ///< that was confirmed
    const Entry* exception = nullptr;
};

/// What became of a put.
enum class Put : std::uint8_t { never, refused, unknown, confirmed };

using Exceptions = std::unordered_map<std::uint64_t, const Entry*>;  // by token

class Judge {
public:
    explicit Judge(const Case& evidence) : case_{evidence} {}

    Verdict run() {
        gather();
        for (const auto& [producer, of] : producers_) {
            sweep(producer, of);
        }
        forgive_gets();
        return verdict_;
    }

private:
    struct Producer {
        const Tale* tale = nullptr;
        std::vector<const Entry*> puts;
        std::vector<std::pair<const Tale*, const Entry*>> given;
        std::vector<std::uint64_t> borders;
    };

    void gather();
    void sweep(std::uint32_t producer, const Producer& of);
    void check_order(std::uint32_t producer, const Producer& of);
    [[nodiscard]] Put put_of(const Producer& of, std::uint64_t number) const;
    void judge(std::uint32_t producer, const Producer& of, std::uint64_t from, std::uint64_t to,
               std::vector<Delivery>& deliveries);
    void judge_handed_out(const std::string& name, std::uint64_t count,
                          std::vector<Delivery>& deliveries);
    [[nodiscard]] Delivery delivery_of(const Tale& tale, const Entry& entry,
                                       std::uint64_t number) const;
    [[nodiscard]] std::optional<std::string> excuse(const Delivery& delivery) const;
    [[nodiscard]] std::optional<FaultKind> fault_in(const std::vector<Fault>& faults,
                                                    Nanoseconds from, Nanoseconds to) const;
    void forgive_gets();
    void offend(const char* kind, const std::string& text) {
        if (++offended_[kind] <= offences_max) {
            verdict_.offences.push_back(std::string(kind) + ": " + text);
        }
    }
    [[nodiscard]] std::string tell(const std::vector<Delivery>& deliveries) const;

    const Case& case_;
    std::map<std::uint32_t, Producer> producers_;
    std::map<std::string, Exceptions> exceptions_;  ///< by house
    std::map<std::string, std::uint64_t> lost_in_;  ///< by "house/queue": never handed out
    std::map<std::string, std::size_t> offended_;
    Verdict verdict_;
};

std::string tell_of(const Fault& fault, const char* who) {
    return std::string("\n        ") + who + to_string(fault.kind) + " from " +
           std::to_string(fault.from / 1'000'000) + " to " + std::to_string(fault.to / 1'000'000) +
           " ms";
}

bool is_of_put(const Entry& entry) {
    return entry.kind == Kind::put || entry.kind == Kind::unknown || entry.kind == Kind::refused;
}

void Judge::gather() {
    for (const Tale& tale : case_.tales) {
        exceptions_.try_emplace(tale.house);
        for (const Entry& entry : tale.entries) {
            if (entry.kind == Kind::undone || entry.kind == Kind::released) {
                exceptions_[tale.house][entry.token] = &entry;
            }
        }
    }
    for (const Tale& tale : case_.tales) {
        for (const Entry& entry : tale.entries) {
            Producer& of = producers_[entry.producer];
            if (is_of_put(entry)) {
                of.tale = &tale;
                of.puts.push_back(&entry);
                of.borders.insert(of.borders.end(),
                                  {entry.first, entry.first + entry.count,
                                   entry.first + entry.begun, entry.first + entry.finished});
            } else if (entry.kind == Kind::given) {
                of.given.emplace_back(&tale, &entry);
                of.borders.insert(of.borders.end(),
                                  {entry.first, entry.first + entry.count,
                                   entry.first + entry.begun, entry.first + entry.finished});
            }
        }
    }
}

Put Judge::put_of(const Producer& of, std::uint64_t number) const {
    Put found = Put::never;
    for (const Entry* entry : of.puts) {
        if (number < entry->first || number >= entry->first + entry->count) continue;
        // What was noted of single items counts before what was noted of all.
        if (entry->kind == Kind::refused) return Put::refused;
        if (entry->kind == Kind::unknown) return Put::unknown;
        const std::uint64_t at = number - entry->first;
        found = at < entry->finished ? Put::confirmed : Put::unknown;
    }
    return found;
}

Delivery Judge::delivery_of(const Tale& tale, const Entry& entry, std::uint64_t number) const {
    const std::uint64_t at = number - entry.first;
    Delivery delivery{&tale, &entry};
    delivery.token = entry.token == 0 ? 0 : entry.token + at;
    delivery.begun = at < entry.begun;
    delivery.finished = at < entry.finished;
    if (entry.token == 0) return delivery;
    const Exceptions& exceptions = exceptions_.at(tale.house);
    const auto exception = exceptions.find(delivery.token);
    if (exception == exceptions.end()) return delivery;
    delivery.exception = exception->second;
    delivery.finished = false;
    if (exception->second->kind == Kind::released ||
        exception->second->code == static_cast<std::int32_t>(handoff::errc::lease_lapsed)) {
        delivery.begun = false;  // surely not acknowledged
    }
    return delivery;
}

/// Goes through the producer's items, a stretch of them that fared alike at a time.
void Judge::sweep(std::uint32_t producer, const Producer& of) {
    std::vector<std::uint64_t> borders = of.borders;
    std::vector<std::pair<const Tale*, const Entry*>> given = of.given;
    std::sort(given.begin(), given.end(),
              [](const auto& a, const auto& b) { return a.second->first < b.second->first; });
    for (const auto& [tale, entry] : given) {
        const Exceptions& exceptions = exceptions_.at(tale->house);
        if (entry->token == 0 || exceptions.empty()) continue;
        for (std::uint64_t at = 0; at < entry->count; ++at) {
            if (!exceptions.contains(entry->token + at)) continue;
            borders.insert(borders.end(), {entry->first + at, entry->first + at + 1});
        }
    }
    std::sort(borders.begin(), borders.end());
    borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
    std::vector<std::pair<const Tale*, const Entry*>> active;
    auto next = given.begin();
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
        const std::uint64_t from = borders[i];
        for (; next != given.end() && next->second->first <= from; ++next) active.push_back(*next);
        std::erase_if(active, [&](const auto& each) {
            return each.second->first + each.second->count <= from;
        });
        std::vector<Delivery> deliveries;
        for (const auto& [tale, entry] : active) {
            deliveries.push_back(delivery_of(*tale, *entry, from));
        }
        judge(producer, of, from, borders[i + 1], deliveries);
    }
    check_order(producer, of);
}

void Judge::judge(std::uint32_t producer, const Producer& of, std::uint64_t from, std::uint64_t to,
                  std::vector<Delivery>& deliveries) {
    const std::uint64_t count = to - from;
    const Put put = put_of(of, from);
    const std::string name =
        "producer " + std::to_string(producer) + " (" +
        (of.tale != nullptr ? of.tale->house + "/" + of.tale->queue + ", " + of.tale->what
                            : "nobody knows it") +
        "), items " + std::to_string(from) + " to " + std::to_string(to - 1);
    if (put == Put::confirmed) verdict_.confirmed += count;
    if (deliveries.empty()) {
        if (put == Put::unknown) verdict_.vanished += count;
        if (put != Put::confirmed) return;
        verdict_.lost += count;
        lost_in_[of.tale->house + "/" + of.tale->queue] += count;
        return offend("lost", name + ": confirmed, and never handed out");
    }
    if (put == Put::never || put == Put::refused) {
        verdict_.unexpected += count;
        return offend(
            "unexpected",
            name + (put == Put::never ? ": never put" : ": surely not put") + tell(deliveries));
    }
    if (put == Put::unknown) verdict_.recovered += count;
    if (put == Put::confirmed && deliveries.size() == 1) verdict_.ok += count;
    judge_handed_out(name, count, deliveries);
}

void Judge::judge_handed_out(const std::string& name, std::uint64_t count,
                             std::vector<Delivery>& deliveries) {
    const auto begun = [](const Delivery& each) { return each.begun; };
    if (std::none_of(deliveries.begin(), deliveries.end(), begun)) {
        verdict_.lost += count;
        return offend("lost",
                      name + ": handed out, never acknowledged, and gone" + tell(deliveries));
    }
    // The one that stands comes last; each before it wants a reason. A get is its own
    // acknowledgement, and stands where no other one is confirmed.
    std::sort(deliveries.begin(), deliveries.end(), [](const Delivery& a, const Delivery& b) {
        if (a.token != 0 && b.token != 0) return a.token < b.token;
        if (a.token == 0 && b.token == 0) return a.entry->began < b.entry->began;
        return b.token == 0;
    });
    const auto finished = [](const Delivery& each) { return each.finished; };
    const auto stands = std::find_if(deliveries.begin(), deliveries.end(), finished);
    const auto last = std::prev(deliveries.end());
    if (stands != deliveries.end() &&
        std::any_of(std::next(stands), deliveries.end(),
                    [](const Delivery& each) { return each.finished || each.token != 0; })) {
        verdict_.unexplained += count;
        return offend(
            "unexplained duplicate",
            name + ": handed out again after its acknowledgement was confirmed" + tell(deliveries));
    }
    const auto final = stands != deliveries.end() ? stands : last;
    for (auto each = deliveries.begin(); each != deliveries.end(); ++each) {
        if (each == final) continue;
        if (const std::optional<std::string> reason = excuse(*each)) {
            verdict_.duplicated[*reason] += count;
            verdict_.examples.try_emplace(*reason, name + tell(deliveries));
        } else {
            verdict_.unexplained += count;
            offend("unexplained duplicate", name + ": nothing allows delivery " +
                                                std::to_string(each - deliveries.begin() + 1) +
                                                tell(deliveries));
        }
    }
}

std::optional<FaultKind> Judge::fault_in(const std::vector<Fault>& faults, Nanoseconds from,
                                         Nanoseconds to) const {
    for (const Fault& fault : faults) {
        if (fault.from <= to && from <= fault.to + aftermath) return fault.kind;
    }
    return std::nullopt;
}

/// What allows it that an item came again after this.
std::optional<std::string> Judge::excuse(const Delivery& delivery) const {
    const Entry& entry = *delivery.entry;
    if (delivery.exception != nullptr && delivery.exception->kind == Kind::released) {
        return "given back by its consumer";
    }
    if (delivery.tale->killed && delivery.exception == nullptr) return "its consumer was killed";
    Nanoseconds until = entry.ended;
    if (delivery.exception != nullptr) until = std::max(until, delivery.exception->began);
    if (const auto fault = fault_in(delivery.tale->faults, entry.began, until)) {
        return "its consumer was " + to_string(*fault);
    }
    // The kit's own word, after a silence of the manager as long as unreachable_after: on a machine
    // that is busy enough it takes no fault of ours.
    if (delivery.exception != nullptr &&
        delivery.exception->code == static_cast<std::int32_t>(handoff::errc::outcome_unknown)) {
        return "no answer came to its acknowledgement";
    }
    const auto manager = case_.managers.find(delivery.tale->house);
    if (manager == case_.managers.end()) return std::nullopt;
    if (const auto fault = fault_in(manager->second, entry.began, until)) {
        return "the manager was " + to_string(*fault);
    }
    return std::nullopt;
}

/// Where nothing is fetched ahead, first deliveries come in the order of the puts, whatever
/// happens.
void Judge::check_order(std::uint32_t producer, const Producer& of) {
    std::vector<const Entry*> first;
    for (const auto& [tale, entry] : of.given) {
        const std::string queue = tale->house + "/" + tale->queue;
        if (std::find(case_.ordered.begin(), case_.ordered.end(), queue) != case_.ordered.end() &&
            entry->first_time) {
            first.push_back(entry);
        }
    }
    std::sort(first.begin(), first.end(),
              [](const Entry* a, const Entry* b) { return a->token < b->token; });
    for (std::size_t i = 1; i < first.size(); ++i) {
        const Entry& before = *first[i - 1];
        if (first[i]->first >= before.first + before.count) continue;
        ++verdict_.out_of_order;
        offend("out of order", "producer " + std::to_string(producer) + ": item " +
                                   std::to_string(first[i]->first) + " (token " +
                                   std::to_string(first[i]->token) + ") came after item " +
                                   std::to_string(before.first + before.count - 1) + " (token " +
                                   std::to_string(before.token + before.count - 1) + ")");
    }
}

/// A get acknowledges as it returns: one that was killed in that instant may have had an item.
void Judge::forgive_gets() {
    std::map<std::string, std::uint64_t> may_have;
    for (const Tale& tale : case_.tales) {
        if (tale.get_ran && tale.killed) ++may_have[tale.house + "/" + tale.queue];
    }
    for (const auto& [queue, count] : lost_in_) {
        const std::uint64_t taken = std::min(count, may_have[queue]);
        verdict_.taken += taken;
        verdict_.lost -= taken;
    }
    if (verdict_.lost == 0) {
        std::erase_if(verdict_.offences,
                      [](const std::string& text) { return text.starts_with("lost"); });
    }
}

std::string Judge::tell(const std::vector<Delivery>& deliveries) const {
    std::string text;
    for (const Delivery& each : deliveries) {
        text += "\n    consumer " + std::to_string(each.tale->number) + " (" + each.tale->what +
                (each.tale->killed ? ", killed" : "") + ") token " + std::to_string(each.token) +
                " run began " + std::to_string(each.entry->began / 1'000'000) + " ms, ended " +
                std::to_string(each.entry->ended / 1'000'000) + " ms" +
                (each.begun ? ", ack begun" : "") + (each.finished ? ", ack confirmed" : "");
        if (each.exception != nullptr) {
            text += each.exception->kind == Kind::released ? ", released" : ", refused: ";
            if (each.exception->kind == Kind::undone) {
                text += to_string(static_cast<handoff::errc>(each.exception->code));
            }
            text += " at " + std::to_string(each.exception->began / 1'000'000) + " ms";
        }
        for (const Fault& fault : each.tale->faults) text += tell_of(fault, "it was ");
    }
    const auto manager = case_.managers.find(deliveries.front().tale->house);
    if (manager == case_.managers.end()) return text;
    for (const Fault& fault : manager->second) text += tell_of(fault, "the manager was ");
    return text;
}

}  // namespace

Verdict judge(const Case& evidence) {
    return Judge{evidence}.run();
}

}  // namespace chaos
