#include "item_goal.hpp"

#include <algorithm>

namespace shoal::dht {

void ItemGoal::fill(Query& query) const
{
    query.method = Method::get;
}

void ItemGoal::on_reply(const Endpoint& from, const Reply& reply)
{
    auto item = verified_item(reply, wish_.target, wish_.salt, scheme_);
    if (!item) return;
    holders_[from] = item->author ? item->author->seq : 0;
    if (is_newer(*item)) found_ = std::move(item);
}

bool ItemGoal::is_newer(const Item& item) const
{
    return !found_ || (item.author && item.author->seq > found_->author->seq);
}

bool ItemGoal::stores()
{
    if (wish_.compose) put_ = wish_.compose(found_ ? &*found_ : nullptr);
    return put_.has_value();
}

void ItemGoal::fill_store(const Endpoint& to, Query& query) const
{
    query.method = Method::put;
    query.value = put_->value;
    if (!put_->author) return;
    query.key = put_->author->key.bytes;
    query.signature = put_->author->signature.bytes;
    query.salt = put_->author->salt;
    query.seq = put_->author->seq;
    // Where nothing was there is nothing to compare with (BEP 44).
    if (holders_.contains(to)) query.cas = wish_.cas;
}

void ItemGoal::on_ended(const LookupSummary& summary)
{
    ItemSummary all{summary};
    all.found = found_;
    all.put = put_;
    const auto newest = found_ && found_->author ? found_->author->seq : 0;
    all.copies = static_cast<std::size_t>(
        std::ranges::count_if(holders_, [&](const auto& holder) { return holder.second == newest; }));
    ended_(all);
}

} // namespace shoal::dht
