#pragma once

#include <stop_token>
#include <utility>

namespace handoff::patterns::detail {

/// Stops when either of two tokens does.
class EitherStop {
public:
    EitherStop(std::stop_token one, std::stop_token other)
        : one_(std::move(one), Request{&source_}), other_(std::move(other), Request{&source_}) {}

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

private:
    struct Request {
        std::stop_source* source;
        void operator()() const noexcept { source->request_stop(); }
    };
    std::stop_source source_;
    std::stop_callback<Request> one_;
    std::stop_callback<Request> other_;
};

}  // namespace handoff::patterns::detail
