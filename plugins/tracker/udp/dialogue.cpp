#include "dialogue.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::udp_tracker {
namespace {

constexpr std::size_t head_size = 8;

Error refusal(const std::string& message)
{
    const auto words = printable(message, Dialogue::longest_message);
    return make_error(Errc::refused, words.empty() ? "refused without a reason" : words);
}

/// Kept out of the text: who is asked, and with that who this is about, the caller knows.
Error unreadable(const Error& why) { return make_error(Errc::protocol_error, why.text); }

bep15::Action action_of(const Question& question)
{
    return std::holds_alternative<bep15::AnnounceRequest>(question) ? bep15::Action::announce
                                                                    : bep15::Action::scrape;
}

bool is_of(std::uint32_t action, bep15::Action expected)
{
    return action == static_cast<std::uint32_t>(expected)
           || action == static_cast<std::uint32_t>(bep15::Action::error);
}

} // namespace

Dialogue::Turn Dialogue::ask(QuestionNumber number, Question question, Time now)
{
    Turn turn;
    const auto transaction = fresh_transaction();
    transactions_.emplace(transaction, number);
    asked_.emplace(number, Asked{.question = std::move(question),
                                 .transaction = transaction,
                                 .has_old_id = has_connection(now)});
    waiting_.insert(number);
    hurry_connect(now);
    advance(turn, now);
    return turn;
}

Dialogue::Turn Dialogue::forget(QuestionNumber number, Time now)
{
    Turn turn;
    const auto asked = asked_.find(number);
    if (asked == asked_.end()) return turn;
    erase(asked);
    advance(turn, now);
    return turn;
}

Dialogue::Turn Dialogue::on_datagram(ByteView packet, Time now)
{
    Turn turn;
    const auto head = bep15::reply_head(packet);
    if (!head) return turn;
    if (connecting_ && head->transaction == connecting_->transaction) {
        if (!is_of(head->action, bep15::Action::connect)) return turn;
        on_connect_reply(turn, packet, now);
    } else {
        const auto known = transactions_.find(head->transaction);
        if (known == transactions_.end()) return turn;
        const auto asked = asked_.find(known->second);
        if (!is_of(head->action, action_of(asked->second.question))) return turn;
        on_reply(turn, asked, packet);
    }
    advance(turn, now);
    return turn;
}

std::optional<Time> Dialogue::next_due() const
{
    std::optional<Time> next;
    const auto consider = [&](Time time) { next = next ? std::min(*next, time) : time; };
    if (connecting_) consider(connecting_->due);
    if (!due_.empty()) consider(due_.begin()->first);
    if (!next && connection_) consider(connection_->expiry); // then it is over
    return next;
}

Dialogue::Turn Dialogue::on_time(Time now)
{
    Turn turn;
    if (!has_connection(now)) connection_.reset();
    while (!due_.empty() && due_.begin()->first <= now) {
        const auto asked = asked_.find(due_.begin()->second);
        // A tracker that was restarted says nothing to an id that it does not know.
        forget_old_id(asked->second);
        wait_again(asked);
    }
    if (connecting_ && connecting_->due <= now) {
        connect(turn, std::min(connecting_->doublings + 1, most_doublings), now);
    }
    advance(turn, now);
    return turn;
}

void Dialogue::advance(Turn& turn, Time now)
{
    if (waiting_.empty()) return connecting_.reset();
    if (has_connection(now)) return send_waiting(turn, now);
    if (connecting_) return;
    // One that was asked in vain so far keeps its back-off, unless somebody comes who was not.
    const auto doublings = [&](QuestionNumber number) { return asked_.at(number).doublings; };
    connect(turn, doublings(*std::ranges::min_element(waiting_, {}, doublings)), now);
}

void Dialogue::send_waiting(Turn& turn, Time now)
{
    while (!waiting_.empty() && due_.size() < most_under_way) {
        const auto number = waiting_.extract(waiting_.begin()).value();
        auto& asked = asked_.at(number);
        std::visit(
            [&](auto& request) {
                request.connection = connection_->id;
                request.transaction = asked.transaction;
                turn.datagrams.push_back(bep15::encode(request));
            },
            asked.question);
        asked.due = now + patience(asked.doublings);
        asked.doublings = std::min(asked.doublings + 1, most_doublings);
        due_.emplace(*asked.due, number);
    }
}

void Dialogue::connect(Turn& turn, unsigned doublings, Time now)
{
    const auto transaction = connecting_ ? connecting_->transaction : fresh_transaction();
    connecting_ = Connecting{transaction, doublings, now, now + patience(doublings)};
    turn.datagrams.push_back(bep15::encode(bep15::ConnectRequest{transaction}));
    for (const auto number : waiting_) asked_.at(number).has_old_id = false;
}

// Who comes when the tracker has been silent for minutes is not to wait for minutes, too.
void Dialogue::hurry_connect(Time now)
{
    if (!connecting_) return;
    connecting_->doublings = 0;
    connecting_->due = std::max(now, std::min(connecting_->due, connecting_->sent + first_patience));
}

void Dialogue::on_connect_reply(Turn& turn, ByteView packet, Time now)
{
    const auto reply = bep15::decode_reply(packet, is_v6_);
    connecting_.reset();
    if (!reply) return fail_waiting(turn, unreadable(reply.error()));
    if (const auto* error = std::get_if<bep15::ErrorReply>(&*reply)) {
        return fail_waiting(turn, refusal(error->message));
    }
    connection_ = Connection{std::get<bep15::ConnectReply>(*reply).connection, now + id_lifetime};
}

void Dialogue::on_reply(Turn& turn, AskedList::iterator asked, ByteView packet)
{
    auto reply = bep15::decode_reply(packet, is_v6_);
    // No more than action and transaction: how opentracker refuses a torrent that it does not serve.
    if (!reply && packet.size() == head_size) return answer(turn, asked, refusal({}));
    if (!reply) return answer(turn, asked, unreadable(reply.error()));
    if (auto* announced = std::get_if<bep15::AnnounceReply>(&*reply)) {
        return answer(turn, asked, Reply(std::move(*announced)));
    }
    if (auto* scraped = std::get_if<bep15::ScrapeReply>(&*reply)) {
        return answer(turn, asked, Reply(std::move(*scraped)));
    }
    if (tries_again(asked)) return;
    answer(turn, asked, refusal(std::get<bep15::ErrorReply>(*reply).message));
}

/// Whether the error may mean the id only, which is from before the question: once with a fresh one, then.
bool Dialogue::tries_again(AskedList::iterator asked)
{
    if (!asked->second.has_old_id || std::exchange(asked->second.is_second_try, true)) return false;
    forget_old_id(asked->second);
    wait_again(asked);
    return true;
}

void Dialogue::wait_again(AskedList::iterator asked)
{
    if (asked->second.due) due_.erase({*asked->second.due, asked->first});
    asked->second.due.reset();
    waiting_.insert(asked->first);
}

void Dialogue::forget_old_id(const Asked& asked)
{
    const auto sent_with =
        std::visit([](const auto& request) { return request.connection; }, asked.question);
    if (asked.has_old_id && connection_ && connection_->id == sent_with) connection_.reset();
}

void Dialogue::fail_waiting(Turn& turn, const Error& error)
{
    while (!waiting_.empty()) answer(turn, asked_.find(*waiting_.begin()), error);
}

void Dialogue::answer(Turn& turn, AskedList::iterator asked, Result<Reply> reply)
{
    turn.answers.push_back({asked->first, std::move(reply)});
    erase(asked);
}

void Dialogue::erase(AskedList::iterator asked)
{
    if (asked->second.due) due_.erase({*asked->second.due, asked->first});
    waiting_.erase(asked->first);
    transactions_.erase(asked->second.transaction);
    asked_.erase(asked);
}

std::uint32_t Dialogue::fresh_transaction()
{
    const auto is_taken = [&](std::uint32_t number) {
        return transactions_.contains(number) || (connecting_ && connecting_->transaction == number);
    };
    auto transaction = draw_();
    while (is_taken(transaction)) ++transaction;
    return transaction;
}

} // namespace shoal::udp_tracker
