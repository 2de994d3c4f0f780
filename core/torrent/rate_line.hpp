#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace shoal::torrent {

// Who waits for octets, whoever had least of them first: start-time fair queueing. What one has had counts only while it competes: who
// comes, or could not use its turn, begins where the others are, so that nobody saves up and nobody starves. Equal ones come in the
// order of their numbers, never of their addresses.
template <class Member>
class RateLine {
public:
    // To be inherited from by those who wait.
    struct Place {
        std::uint64_t number = 0;
        std::uint64_t had = 0;
        bool is_waiting = false;
    };

    void join(Member& member)
    {
        if (member.is_waiting) return;
        member.is_waiting = true;
        enter(member);
    }

    void leave(Member& member)
    {
        if (!member.is_waiting) return;
        member.is_waiting = false;
        if (order_.erase(key(member)) == 0) std::erase(aside_, &member);
    }

    Member* first() const { return order_.empty() ? nullptr : order_.begin()->second; }

    // It had its turn and used so much of it.
    void charge(Member& member, std::uint64_t octets)
    {
        level_ = std::max(level_, member.had);
        const bool was_in_order = order_.erase(key(member)) > 0;
        member.had += octets;
        if (was_in_order) order_.emplace(key(member), &member);
    }

    // It may not move anything now: the others go on without it until take_back().
    void set_aside(Member& member)
    {
        order_.erase(key(member));
        aside_.push_back(&member);
    }

    void take_back()
    {
        for (auto* member : std::exchange(aside_, {})) enter(*member);
    }

    bool is_empty() const { return order_.empty() && aside_.empty(); }

    template <class Visit>
    void for_each(Visit visit) const
    {
        for (const auto& entry : order_) visit(*entry.second);
        for (auto* member : aside_) visit(*member);
    }

private:
    using Key = std::pair<std::uint64_t, std::uint64_t>;
    static Key key(const Member& member) { return {member.had, member.number}; }

    void enter(Member& member)
    {
        member.had = std::max(member.had, level_);
        order_.emplace(key(member), &member);
    }

    std::map<Key, Member*> order_;
    std::vector<Member*> aside_;
    std::uint64_t level_ = 0;  // what the last one to have a turn had had before it
};

}  // namespace shoal::torrent
