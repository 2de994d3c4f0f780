#pragma once

namespace shoal::lab {

// Members wait in the order in which they joined; a member waits once at most, and leaves when destroyed. The
// links lie in the members, so that joining takes no memory; their addresses order nothing.
template <class T>
class RoundRobin {
public:
    class Member {
    public:
        Member() = default;
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;
        bool is_waiting() const { return line_ != nullptr; }

    protected:
        ~Member()
        {
            if (line_ != nullptr) line_->leave(*this);
        }

    private:
        friend class RoundRobin;
        RoundRobin* line_ = nullptr;
        Member* previous_ = nullptr;
        Member* next_ = nullptr;
    };

    RoundRobin() = default;
    ~RoundRobin() { clear(); }
    RoundRobin(const RoundRobin&) = delete;
    RoundRobin& operator=(const RoundRobin&) = delete;

    bool empty() const { return first_ == nullptr; }
    T& front() { return static_cast<T&>(*first_); }

    void join(Member& member)
    {
        if (member.is_waiting()) return;
        member.line_ = this;
        member.previous_ = last_;
        (last_ != nullptr ? last_->next_ : first_) = &member;
        last_ = &member;
    }

    void leave(Member& member)
    {
        (member.previous_ != nullptr ? member.previous_->next_ : first_) = member.next_;
        (member.next_ != nullptr ? member.next_->previous_ : last_) = member.previous_;
        member.line_ = nullptr;
        member.previous_ = member.next_ = nullptr;
    }

    void clear()
    {
        while (first_ != nullptr) leave(*first_);
    }

private:
    Member* first_ = nullptr;
    Member* last_ = nullptr;
};

}  // namespace shoal::lab
