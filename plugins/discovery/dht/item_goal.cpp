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
    if (!found_) return true;
    // An immutable item is what its target says; one that is signed and has the same target was made to look like it.
    if (!item.author || !found_->author) return found_->author.has_value();
    return item.author->seq > found_->author->seq;
}

// Nodes that have the item would refuse; those that have not would take it, and there would be two versions.
FailureCode ItemGoal::objection() const
{
    if (!found_ || !found_->author || !wish_.put->author) return FailureCode{0};
    if (wish_.cas && *wish_.cas != found_->author->seq) return FailureCode::cas_mismatch;
    if (wish_.put->author->seq < found_->author->seq) return FailureCode::seq_too_low;
    return FailureCode{0};
}

bool ItemGoal::stores()
{
    if (wish_.put == nullptr) return false;
    objection_ = objection();
    return objection_ == FailureCode{0};
}

void ItemGoal::fill_store(const Endpoint& to, Query& query) const
{
    query.method = Method::put;
    const auto& item = *wish_.put;
    query.value = item.value;
    if (!item.author) return;
    query.key = item.author->key.bytes;
    query.signature = item.author->signature.bytes;
    query.salt = item.author->salt;
    query.seq = item.author->seq;
    // Where nothing was there is nothing to compare with (BEP 44).
    if (holders_.contains(to)) query.cas = wish_.cas;
}

void ItemGoal::on_ended(const LookupSummary& summary)
{
    ItemSummary all{summary};
    all.found = found_;
    all.put = wish_.put;
    if (objection_ != FailureCode{0}) all.refusal = objection_;
    const auto newest = found_ && found_->author ? found_->author->seq : 0;
    all.copies = static_cast<std::size_t>(
        std::ranges::count_if(holders_, [&](const auto& holder) { return holder.second == newest; }));
    ended_(all);
}

} // namespace shoal::dht
