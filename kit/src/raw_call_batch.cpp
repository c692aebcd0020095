// Calls of several objects in one message: the protocol's CALL carries them out one after the
// other.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "answer.hpp"
#include "handoff/detail/raw_object.hpp"
#include "raw_object_state.hpp"

namespace handoff::detail {
namespace {

/// What one message takes; docs/protocol-objects.md, CALL.
constexpr std::size_t calls_max = 4096;

}  // namespace

/// A batch on its way.
struct RawCallBatch::Message {
    /// An empty batch asks for a sign of life, so that it ends as others do.
    [[nodiscard]] core::RequestBody body() {
        if (calls.empty()) return core::Heartbeat{};
        return core::Calls{std::move(calls), stop};
    }

    void take(Answer answer) {
        ends->resize(objects.size());
        if (answer.outcome.code != errc::ok) {
            return end_all(answer.outcome.code, answer.outcome.text);
        }
        if (objects.empty()) return;
        auto* reply = std::get_if<core::Results>(&answer.outcome.reply);
        if (reply == nullptr || reply->results.size() != objects.size()) {
            return end_all(errc::protocol, "the manager did not answer each call of a batch");
        }
        for (std::size_t at = 0; at < objects.size(); ++at) {
            core::objects::Result& result = reply->results[at];
            End& end = ends->at(at);
            end.code = result.code;
            if (end.code == errc::ok) {
                end.answer =
                    objects[at].state().to_answer(std::move(result), answer.session_generation);
            } else {
                end.text = objects[at].state().text_of({0, methods[at]}, result);
            }
        }
    }

    void end_all(errc code, const std::string& text) {
        for (End& end : *ends) end = {code, text, {}};
        if (ends->empty()) without_calls = {code, text, {}};
    }

    /// The first failure; ok if there is none.
    [[nodiscard]] End first_failure() const {
        const auto failed = [](const End& end) { return end.code != errc::ok; };
        const auto first = std::find_if(ends->begin(), ends->end(), failed);
        if (first == ends->end()) return without_calls;
        const auto count = std::count_if(first, ends->end(), failed);
        return {first->code,
                "of a batch of " + std::to_string(ends->size()) + ", " + std::to_string(count) +
                    " failed; the first: " + first->text,
                {}};
    }

    std::shared_ptr<Connection> connection;
    bool stop;
    std::vector<RawObject> objects;
    std::vector<Method> methods;
    std::vector<core::objects::Call> calls;  ///< until they are sent
    std::shared_ptr<Ends> ends;
    End without_calls;
};

void RawCallBatch::add(const RawObject& object, RawCall call) {
    if (object.state().connection != connection_) {
        throw Error(errc::invalid_argument, object.describe("call of") +
                                                ": it was opened by another client than the batch");
    }
    if (calls_.size() >= calls_max) {
        throw Error(errc::limit_exceeded,
                    "a batch has at most " + std::to_string(calls_max) + " calls");
    }
    calls_.push_back({object, std::move(call)});
}

/// What was added, which is forgotten here.
RawCallBatch::Message RawCallBatch::message() {
    Message message{connection_, stop_, {}, {}, {}, std::exchange(ends_, std::make_shared<Ends>()),
                    {}};
    ClientDriver& driver = connection_->driver();
    message.objects.reserve(calls_.size());
    message.methods.reserve(calls_.size());
    message.calls.reserve(calls_.size());
    for (Part& part : std::exchange(calls_, {})) {
        message.methods.push_back(part.call.method);
        message.calls.push_back(to_call(part.object.state().ref(driver), std::move(part.call)));
        message.objects.push_back(std::move(part.object));
    }
    return message;
}

void RawCallBatch::run() {
    Message sent = message();
    sent.take(sent.connection->driver().call(sent.body(), Wait::forever()));
    const End failure = sent.first_failure();
    if (failure.code != errc::ok) throw Error(failure.code, failure.text);
}

RawOperation RawCallBatch::run_later() {
    const auto sent = std::make_shared<Message>(message());
    return [sent](const RawHandler& handler) {
        sent->connection->driver().call_async(sent->body(), Wait::forever(),
                                              [sent, handler](Answer answer) {
                                                  sent->take(std::move(answer));
                                                  End failure = sent->first_failure();
                                                  RawDone done;
                                                  done.code = failure.code;
                                                  done.text = std::move(failure.text);
                                                  handler(std::move(done));
                                              });
    };
}

}  // namespace handoff::detail
