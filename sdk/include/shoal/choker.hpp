// A choker decides which peers may download from us. Derive from shoal::Choker, override decide(), and offer
// the class with shoal::choker<T>("name") in SHOAL_PLUGIN. Peers that are not in the answer are choked. All
// calls are on the strand.
#pragma once

#include <shoal/abi/choker.h>
#include <shoal/plugin.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

namespace shoal {

/// Valid during the call.
class ChokerView {
public:
    explicit ChokerView(const shoal_choker_view& raw) noexcept : raw_(&raw) {}

    /// We have all we want: download rates mean nothing.
    [[nodiscard]] bool is_seeding() const noexcept { return (raw_->flags & SHOAL_CHOKER_SEEDING) != 0; }
    /// Asked because the interval passed, not because a peer came, left or changed its interest.
    [[nodiscard]] bool is_timer() const noexcept { return raw_->trigger == SHOAL_CHOKER_TRIGGER_TIMER; }
    /// The most the host will unchoke.
    [[nodiscard]] std::uint32_t slots() const noexcept { return raw_->slots; }
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept
    {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(raw_->now_ns));
    }
    /// In order of their handles.
    [[nodiscard]] Strided<shoal_choker_peer> peers() const noexcept
    {
        return {raw_->peers, raw_->peer_count, raw_->peer_stride};
    }

    [[nodiscard]] const shoal_choker_view& raw() const noexcept { return *raw_; }

private:
    const shoal_choker_view* raw_;
};

/// The answer: peers to be unchoked. Never more than there is room for.
class UnchokeList {
public:
    explicit UnchokeList(std::span<shoal_unchoke> out) noexcept : out_(out) {}

    [[nodiscard]] std::uint32_t room() const noexcept
    {
        return static_cast<std::uint32_t>(out_.size()) - size_;
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<const shoal_unchoke> unchokes() const noexcept { return out_.first(size_); }

    /// False when there was no room. `reason`, a number or enumerator of the choker's own, and `score` go to
    /// the trace.
    template <class Reason = std::uint16_t>
    bool add(std::uint64_t peer, Reason reason = {}, std::int32_t score = 0) noexcept
    {
        if (room() == 0) return false;
        out_[size_++] = {peer, score, static_cast<std::uint16_t>(reason), 0};
        return true;
    }

private:
    std::span<shoal_unchoke> out_;
    std::uint32_t size_ = 0;
};

class Choker {
public:
    /// How often to be asked; the host clamps to 1 s … 60 s. Declare it again, under the same name, to change
    /// it.
    static constexpr std::chrono::nanoseconds interval = std::chrono::seconds(10);

    Choker() = default;
    Choker(const Choker&) = delete;
    Choker& operator=(const Choker&) = delete;
    virtual ~Choker() = default;

    virtual void decide(const ChokerView&, UnchokeList&) = 0;

    /// The instance is about to go: start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::derived_from<Choker> T>
struct ChokerTable {
    static std::int32_t decide(void* self, const shoal_choker_view* view, shoal_unchoke* out,
                               std::uint32_t capacity) noexcept
    {
        auto& instance = Instance<T>::from(self);
        return fence(instance.host.raw(), "decide", [&]() -> std::int32_t {
            UnchokeList list(std::span(out, capacity));
            instance.object.decide(ChokerView(*view), list);
            return static_cast<std::int32_t>(list.size());
        });
    }

    static constexpr shoal_choker_v1 table{sizeof(shoal_choker_v1), 0,
                                           static_cast<std::uint64_t>(T::interval.count()), &decide};
};

} // namespace detail

/// The factory of choker `T` for SHOAL_PLUGIN.
template <std::derived_from<Choker> T>
[[nodiscard]] constexpr shoal_factory choker(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_CHOKER, name, &detail::ChokerTable<T>::table);
}

} // namespace shoal
