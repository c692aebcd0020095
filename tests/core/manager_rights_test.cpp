#include <algorithm>
#include <array>

#include "core/manager_driver.hpp"
#include "core/objects/packed.hpp"
#include "core/objects/reference.hpp"
#include "support/catch.hpp"

// What a client that shows a key may ask of its manager.

using namespace handoff;
using namespace handoff::core;
using namespace handoff::core::test;
using namespace std::chrono_literals;
using Catch::Contains;
using objects::Method;
using objects::ObjectHandle;

namespace {

/// For each right a client of its name, that may do this and nothing else, with names that begin
/// with "our"; "both" may put and get; "nobody" has a role as well, elsewhere.
ManagerSettings with_roles() {
    ManagerSettings settings;
    settings.roles["put"] = {.keys = {"put"}, .put = {"our*"}};
    settings.roles["get"] = {.keys = {"get"}, .get = {"our*"}};
    settings.roles["both"] = {.keys = {"both"}, .put = {"our*"}, .get = {"our*"}};
    settings.roles["create"] = {.keys = {"create"}, .create = {"our*"}};
    settings.roles["destroy"] = {.keys = {"destroy"}, .destroy = {"our*"}};
    settings.roles["admin"] = {.keys = {"admin"}, .admin = {"our*"}};
    settings.roles["elsewhere"] = {.keys = {"nobody"}, .put = {"theirs"}, .admin = {"theirs"}};
    return settings;
}

/// A manager with a queue and an object that somebody without a key has made.
struct Farm {
    Farm() : test(with_roles()) {
        Client& root = test.client("root");
        queue = root.open("our jobs");
        foreign = root.open("their jobs");
        object = make(root, ObjectKind::dict, "our prices");
        test.have_keys = true;
    }
    static ObjectHandle make(Client& client, ObjectKind kind, const std::string& name) {
        return client.ask(OpenObject{name, kind, {}, true, 0}).as<ObjectOpened>().object;
    }
    ManagerTest test;
    QueueHandle queue = 0;
    QueueHandle foreign = 0;
    ObjectHandle object = 0;
};

constexpr std::array<const char*, 7> clients{"put",     "get",   "both",  "create",
                                             "destroy", "admin", "nobody"};

/// Who of them may, in their order.
using Allowed = std::string;
const Allowed everyone = "put get both create destroy admin nobody";
const Allowed known = "put get both create destroy admin";

/// What each kind of request needs, where it is about something that is not the session's own.
std::vector<std::pair<RequestBody, Allowed>> all_kinds(const Farm& farm) {
    const Run item = run_of({"x"});
    return {
        {Heartbeat{}, everyone},
        {Goodbye{}, everyone},
        {Cancel{1}, everyone},
        {Open{"our jobs", {}}, known},
        {Put{farm.queue, 1, 0, {}, item}, "put both"},
        {Withdraw{farm.queue, {1, 1}}, everyone},
        {Get{{farm.queue}}, "get both"},
        {Credit{farm.queue, 1, 1000, {}, {}}, "get both"},
        {Settle{Verb::ack, farm.queue, {{1, 1}}}, everyone},
        {Commit{{}, {{farm.queue, {}, item}}}, "put both"},
        {Close{farm.queue}, "put both"},
        {Join{farm.queue}, known},
        {Peek{farm.queue}, "get both"},
        {Purge{farm.queue}, "admin"},
        {Kick{farm.queue}, "admin"},
        {Destroy{farm.queue}, "destroy"},
        {Stats{}, everyone},
        {OpenObject{"our prices", ObjectKind::dict, {}, true, 0}, known},
        {Objects{}, everyone},
        {Calls{{{farm.object, Method::size, {}, {}}}}, everyone},  // each call is judged alone
        {LetGo{}, everyone},
        {UnknownRequest{99}, everyone},
    };
}

Allowed who_may(const std::function<bool(const char*)>& may) {
    Allowed all;
    for (const char* name : clients) {
        if (!may(name)) continue;
        all += (all.empty() ? "" : " ") + std::string(name);
    }
    return all;
}

errc outcome(Client& client, const RequestBody& body) {
    return client.ask(body, no_wait).code();
}

errc call(Client& client, ObjectHandle object, Method method,
          const std::vector<std::int64_t>& numbers = {}, const Texts& values = {}) {
    objects::Call one{object, method, numbers, {}};
    for (const std::string& value : values) one.values.push_back(objects::pack_text(value));
    return client.ask(Calls{{one}}, no_wait).as<Results>().results.at(0).code;
}

}  // namespace

TEST_CASE("every kind of request is allowed by its right and by no other") {
    std::set<std::size_t> kinds{RequestBody(Hello{}).index()};  // it decides whose session it is
    const std::size_t count = all_kinds(Farm()).size();
    for (std::size_t row = 0; row < count; ++row) {
        const RequestBody kind = all_kinds(Farm())[row].first;
        kinds.insert(kind.index());
        CAPTURE(kind.index());
        const Allowed found = who_may([&](const char* name) {
            Farm farm;
            const RequestBody body = all_kinds(farm)[row].first;
            const Call asked = farm.test.client(name).ask(body, no_wait);
            return !asked.answered() || asked.code() != errc::not_authorised;
        });
        CHECK(found == all_kinds(Farm())[row].second);
    }
    CHECK(kinds.size() == std::variant_size_v<RequestBody>);
}

TEST_CASE("what puts more than one thing at stake needs the right for each") {
    Farm farm;
    Client& both = farm.test.client("both");
    CHECK(outcome(both, Get{{farm.queue, farm.foreign}}) == errc::not_authorised);
    CHECK(outcome(both, Commit{{},
                               {{farm.queue, {}, run_of({"x"})},
                                {farm.foreign, {}, run_of({"y"})}}}) == errc::not_authorised);
    CHECK(both.stats(farm.queue).ready == 0);
    Client& put = farm.test.client("put");
    CHECK(outcome(put, Close{farm.queue, true}) == errc::not_authorised);  // it drops items
    CHECK(outcome(farm.test.client("admin"), Close{farm.queue, true}) == errc::ok);
}

TEST_CASE("only who may create makes queues and objects") {
    Farm farm;
    const auto may_open = [&](const char* name) {
        return farm.test.client(name).try_open("our new " + std::string(name)).code() == errc::ok;
    };
    CHECK(who_may(may_open) == "create");
    const auto may_make = [&](const char* name) {
        const OpenObject open{"our new " + std::string(name), ObjectKind::lock, {}, true, 0};
        return outcome(farm.test.client(name), open) == errc::ok;
    };
    CHECK(who_may(may_make) == "create");
    const auto may_make_one_without_name = [&](const char* name) {
        return outcome(farm.test.client(name), OpenObject{"", ObjectKind::lock, {}, true, 0}) ==
               errc::ok;
    };
    CHECK(who_may(may_make_one_without_name) == "create");
    CHECK(farm.test.client("create").try_open("theirs").code() == errc::not_authorised);
}

TEST_CASE("a queue's dead go only where its maker may put") {
    Farm farm;
    Client& create = farm.test.client("create");
    CHECK(create.try_open("our trap", with_dead_letter("their jobs")).code() ==
          errc::not_authorised);
    CHECK(create.try_open("our trap", with_dead_letter("our jobs")).code() == errc::not_authorised);
    CHECK(create.try_open("our trap").code() == errc::ok);
}

TEST_CASE("methods that read, methods that change, and those that do both") {
    struct Row {
        ObjectKind kind;
        Method method;
        Allowed allowed;
    };
    const std::vector<Row> rows{
        {ObjectKind::dict, Method::get, "get both"},
        {ObjectKind::dict, Method::page, "get both"},
        {ObjectKind::dict, Method::changed, "get both"},
        {ObjectKind::dict, Method::put, "put both"},
        {ObjectKind::dict, Method::erase, "put both"},
        {ObjectKind::dict, Method::take, "both"},
        {ObjectKind::dict, Method::get_or_put, "both"},
        {ObjectKind::value, Method::exchange, "both"},
        {ObjectKind::value, Method::compare_exchange, "both"},
        {ObjectKind::value, Method::add, "both"},
        {ObjectKind::list, Method::append, "put both"},
        {ObjectKind::lock, Method::acquire, "put both"},
        {ObjectKind::lock, Method::state, "get both"},
        {ObjectKind::lock, Method::renew, known},
        {ObjectKind::lock, Method::release, known},
        {ObjectKind::lock, Method::break_hold, "admin"},
        {ObjectKind::rw_lock, Method::acquire_shared, "get both"},
        {ObjectKind::semaphore, Method::release, "put both"},
        {ObjectKind::event, Method::wait, "get both"},
        {ObjectKind::event, Method::set, "put both"},
        {ObjectKind::barrier, Method::wait, "put both"},
    };
    for (const Row& row : rows) {
        CAPTURE(static_cast<int>(row.kind), static_cast<int>(row.method));
        Farm farm;
        const ObjectHandle object = Farm::make(farm.test.client("root"), row.kind, "our thing");
        CHECK(who_may([&](const char* name) {
                  return call(farm.test.client(name), object, row.method) != errc::not_authorised;
              }) == row.allowed);
    }
}

TEST_CASE("another set that a method reads has to be readable") {
    Farm farm;
    Client& root = farm.test.client("root");
    const ObjectHandle ours = Farm::make(root, ObjectKind::set, "our set");
    const auto theirs = static_cast<std::int64_t>(Farm::make(root, ObjectKind::set, "their set"));
    const auto other = static_cast<std::int64_t>(Farm::make(root, ObjectKind::set, "our other"));
    Client& both = farm.test.client("both");
    CHECK(call(both, ours, Method::combine, {0, theirs}) == errc::not_authorised);
    CHECK(call(both, ours, Method::compare, {0, theirs}) == errc::not_authorised);
    CHECK(call(both, ours, Method::combine, {0, other}) == errc::ok);
}

TEST_CASE("a hold of one's own may be broken, as it is by a client that got it too late") {
    Farm farm;
    const ObjectHandle lock = Farm::make(farm.test.client("root"), ObjectKind::lock, "our lock");
    Client& put = farm.test.client("put");
    const Call held = put.ask(Calls{{{lock, Method::acquire, {}, {}}}}, no_wait);
    const std::int64_t token = held.as<Results>().results.at(0).numbers.at(0);
    CHECK(call(farm.test.client("both"), lock, Method::break_hold, {token}) ==
          errc::not_authorised);
    CHECK(call(put, lock, Method::break_hold, {0}) == errc::not_authorised);
    CHECK(call(put, lock, Method::break_hold, {token}) == errc::ok);
}

TEST_CASE("a number of something leads no further than its name") {
    Farm farm;
    Client& put = farm.test.client("put");
    const Call guessed = put.put(farm.foreign, {"x"});
    CHECK(guessed.code() == errc::not_authorised);
    CHECK_THAT(guessed.text(), !Contains("their jobs"));
    const ObjectHandle theirs =
        Farm::make(farm.test.client("root"), ObjectKind::dict, "their prices");
    const Call opened = put.ask(OpenObject{"", ObjectKind::dict, {}, true, theirs});
    CHECK(opened.code() == errc::not_authorised);
    CHECK_THAT(opened.text(), !Contains("their prices"));
    CHECK(put.ask(Destroy{theirs}).code() == errc::not_authorised);
    CHECK(put.ask(Destroy{12'345}).code() == errc::stale_reference);
}

TEST_CASE("an object without a name belongs to its maker and to who may use what refers to it") {
    Farm farm;
    farm.test.have_keys = true;
    Client& create = farm.test.client("create");
    const ObjectHandle list = Farm::make(create, ObjectKind::list, "");
    CHECK(call(create, list, Method::append, {}, {"x"}) == errc::ok);
    Client& both = farm.test.client("both");
    const OpenObject by_number{"", ObjectKind::list, {}, true, list};
    CHECK(both.ask(by_number).code() == errc::not_authorised);
    // Nor does it become theirs by what they store.
    const auto refer = [&](Client& client) {
        const objects::Reference reference{ObjectKind::list, true, {}, list, {}};
        objects::Call one{farm.object, Method::put, {}, {objects::pack_text("it")}};
        one.values.push_back(objects::pack_value(reference));
        return client.ask(Calls{{one}}).as<Results>().results.at(0).code;
    };
    CHECK(refer(both) == errc::not_authorised);
    CHECK(refer(farm.test.client("root")) == errc::ok);  // whom nothing is denied
    CHECK(both.ask(by_number).code() == errc::ok);
    CHECK(call(both, list, Method::append, {}, {"y"}) == errc::ok);
    Client& get = farm.test.client("get");
    CHECK(call(get, list, Method::size) == errc::ok);
    CHECK(call(get, list, Method::append, {}, {"z"}) == errc::not_authorised);
    CHECK(get.ask(Destroy{list}).code() == errc::not_authorised);
    CHECK(farm.test.client("nobody").ask(by_number).code() == errc::not_authorised);
}

TEST_CASE("statistics tell a client of what it may use, and how often somebody was refused") {
    Farm farm;
    Client& put = farm.test.client("put");
    CHECK(put.put(farm.foreign, {"x"}).code() == errc::not_authorised);
    const Call asked = put.ask(Stats{});
    const auto& told = asked.as<StatsReply>();
    REQUIRE(told.queues.size() == 1);
    CHECK(told.queues[0].name == "our jobs");
    CHECK(told.manager.requests_refused == 1);
    CHECK(put.ask(Stats{{farm.foreign}, {}}).as<StatsReply>().queues.empty());
    Client& nobody = farm.test.client("nobody");
    CHECK(nobody.ask(Stats{}).as<StatsReply>().queues.empty());
    CHECK(nobody.ask(Objects{}).as<ObjectsReply>().objects.empty());
    CHECK(nobody.ask(Objects{"our prices"}).as<ObjectsReply>().objects.empty());
    CHECK(put.ask(Objects{}).as<ObjectsReply>().objects.size() == 1);
}

TEST_CASE("a refusal names who, what and where, and the log has it once a minute for each key") {
    Farm farm;
    Client& get = farm.test.client("get");
    (void)farm.test.machine.take_log();
    const Call refused = get.put(farm.queue, {"x"});
    CHECK_THAT(refused.text(), Contains("putting into queue \"our jobs\"") && Contains("\"get\"") &&
                                   Contains("put of [roles.get]"));
    for (int again = 0; again < 20; ++again) CHECK(get.put(farm.queue, {"x"}).code() != errc::ok);
    CHECK(farm.test.machine.take_log().size() == 1);
    CHECK(farm.test.client("destroy").put(farm.queue, {"x"}).code() == errc::not_authorised);
    farm.test.pass(61s);
    CHECK(get.put(farm.queue, {"x"}).code() == errc::not_authorised);
    const std::vector<LogEntry> log = farm.test.machine.take_log();
    CHECK(std::any_of(log.begin(), log.end(), [](const LogEntry& entry) {
        return entry.text.find("refused since the last such record: 21") != std::string::npos;
    }));
}

TEST_CASE("what a client has already it may bring to its end") {
    ManagerSettings settings = with_roles();
    ManagerTest test(settings);
    const QueueHandle queue = test.client("root").open("our jobs");
    test.client("root").put(queue, {"a", "b"});
    test.have_keys = true;
    Client& get = test.client("get");
    const Call lent = get.get(queue);
    CHECK(get.ack(queue, lent.tokens()).code() == errc::ok);
    const Call other = get.get(queue);
    CHECK(get.bury(queue, other.tokens()).code() == errc::ok);
    CHECK(get.stats(queue).dead == 1);
}

TEST_CASE("sessions end when there is a reason to, and no others") {
    Farm farm;
    farm.test.client("put");
    farm.test.client("get");
    farm.test.machine.end_sessions_of(
        [](const Principal& user) {
            return user.names.front() == "put" ? std::string("because") : std::string();
        },
        farm.test.now);
    CHECK(farm.test.machine.report(farm.test.now).manager.sessions == 2);  // root has no key
}

TEST_CASE("clients with one key have so many sessions and no more") {
    ManagerSettings settings;
    settings.key_sessions_max = 2;
    ManagerTest test(settings);
    test.have_keys = true;
    Hello hello = test.client("ann").next_hello();
    hello.resume.reset();
    hello.connection_number = 1;
    const auto begin = [&] {
        hello.fresh = test.new_session_id();
        const ConnectionId connection = test.new_connection();
        test.machine.apply(connection, {0, 0, {}, {}, hello}, test.now);
        test.end_turn();
        const Reply reply = test.strays.back().reply;
        const auto* failed = std::get_if<Failed>(&reply.body);
        return failed == nullptr ? errc::ok : failed->code;
    };
    CHECK(begin() == errc::ok);
    CHECK(begin() == errc::limit_exceeded);
    test.client("bob");  // has another
    test.client("ann").ask(Goodbye{});
    CHECK(begin() == errc::ok);
}

TEST_CASE("all queues together hold so many bytes and no more") {
    ManagerSettings settings;
    settings.items_bytes_max = 1000;
    ManagerTest test(settings);
    Client& ann = test.client("ann");
    const QueueHandle first = ann.open("first");
    const QueueHandle second = ann.open("second");
    ann.put(first, {std::string(600, 'x')});
    ann.put(second, {std::string(600, 'x')});
    CHECK(ann.fate(second) == "1 limit_exceeded");
    CHECK(ann.ack_and_put(first, ann.get(first).tokens(), second, {"y"}).code() == errc::ok);
    ann.put(second, {std::string(600, 'x')});
    CHECK(ann.stats(second).ready == 2);
    ann.ask(Destroy{second});
    ann.put(first, {std::string(900, 'x')});
    CHECK(ann.stats(first).ready == 1);
}
