#include "served.hpp"

#include <algorithm>

namespace shoal::metadata_exchange {

Served::Ruling Served::on_request(std::uint32_t block, std::uint32_t block_count, Time now)
{
    if (now - minute_ >= std::chrono::minutes{1}) {
        minute_ = now;
        granted_ = refused_ = 0;
    }
    const auto most_granted = std::max(copies_a_minute * block_count, least_a_minute);
    if (block >= block_count || granted_ >= most_granted || queue_.size() >= most_queued) {
        return ++refused_ > most_refused ? Ruling::disconnect : Ruling::reject;
    }
    ++granted_;
    queue_.push_back(block);
    return Ruling::serve;
}

std::optional<std::uint32_t> Served::next() const
{
    if (queue_.empty()) return std::nullopt;
    return queue_.front();
}

} // namespace shoal::metadata_exchange
