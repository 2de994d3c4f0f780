#include "peer/write_queue.hpp"

#include "peer/encoder.hpp"
#include "peer/handshake.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <utility>

namespace shoal::peer {
namespace {

// Above this an emptied buffer is given back: a bitfield or metadata was in it.
constexpr std::size_t kept_queue_octets = 16 << 10;
// Sent octets and blocks are cut off in front when they are so many, and most of the buffer.
constexpr std::size_t worth_dropping = 1024;
constexpr std::size_t blocks_worth_dropping = 32;

std::uint32_t length_of(const BlockPart& part)
{
    return std::visit([](const auto& region) { return region.length; }, part);
}

ByteView octets_of(const BufferRegion& region)
{
    return ByteView(*region.buffer).subspan(region.offset, region.length);
}

}  // namespace

void WriteQueue::push(const Handshake& handshake)
{
    const auto octets = encode_handshake(handshake);
    encoded_.insert(encoded_.end(), octets.begin(), octets.end());
    last_run_ += octets.size();
}

void WriteQueue::push(const Message& message)
{
    const auto before = encoded_.size();
    append_message(encoded_, message);
    last_run_ += encoded_.size() - before;
}

void WriteQueue::push(OutgoingBlock block)
{
    std::erase_if(block.parts, [](const BlockPart& part) { return length_of(part) == 0; });
    std::uint64_t payload = 0;
    for (const auto& part : block.parts) payload += length_of(part);
    SHOAL_ASSERT(payload == block.head.length);

    append_block_head(encoded_, block.head);
    const auto run = std::exchange(last_run_, 0) + block_head_size;
    blocks_.push_back(
        {.head = block.head, .parts = std::move(block.parts), .run = static_cast<std::uint32_t>(run)});
    block_octets_ += block.head.length;
}

bool WriteQueue::withdraw(const BlockHead& head)
{
    auto run_end = sent_;
    for (auto block = blocks_.begin() + static_cast<std::ptrdiff_t>(first_); block != blocks_.end();
         ++block) {
        run_end += block->run;
        // Only of the first can the head have begun to leave.
        if (block->head != head || block->run < block_head_size) continue;
        const auto end = encoded_.begin() + static_cast<std::ptrdiff_t>(run_end);
        encoded_.erase(end - block_head_size, end);
        const auto rest = block->run - static_cast<std::uint32_t>(block_head_size);
        const auto next = blocks_.erase(block);
        if (next == blocks_.end()) {
            last_run_ += rest;
        } else {
            next->run += rest;
        }
        block_octets_ -= head.length;
        return true;
    }
    return false;
}

void WriteQueue::clear()
{
    *this = WriteQueue();
}

WriteQueue::Gathered WriteQueue::gather(std::span<ByteView> room) const
{
    Gathered gathered;
    const auto add = [&](ByteView view) {
        if (view.empty()) return true;
        if (gathered.views == room.size()) return false;
        room[gathered.views++] = view;
        gathered.octets += view.size();
        return true;
    };
    auto run_begin = sent_;
    for (auto at = first_; at < blocks_.size(); ++at) {
        const auto& block = blocks_[at];
        gathered.more_follows = true;
        if (!add(ByteView(encoded_).subspan(run_begin, block.run))) return gathered;
        run_begin += block.run;
        for (auto part = block.part; part < block.parts.size(); ++part) {
            const auto* buffer = std::get_if<BufferRegion>(&block.parts[part]);
            if (buffer == nullptr) return gathered;
            if (!add(octets_of(*buffer).subspan(part == block.part ? block.sent_of_part : 0)))
                return gathered;
        }
    }
    gathered.more_follows = !add(ByteView(encoded_).subspan(run_begin));
    return gathered;
}

std::optional<environment::FileRegion> WriteQueue::front_file() const
{
    if (first_ == blocks_.size()) return std::nullopt;
    const auto& block = blocks_[first_];
    if (block.run > 0 || block.part == block.parts.size()) return std::nullopt;
    const auto* file = std::get_if<environment::FileRegion>(&block.parts[block.part]);
    if (file == nullptr) return std::nullopt;
    return environment::FileRegion{.descriptor = file->descriptor,
                                   .offset = file->offset + block.sent_of_part,
                                   .length = file->length - block.sent_of_part};
}

std::size_t WriteQueue::advance(std::size_t octets)
{
    std::size_t blocks_through = 0;
    for (; first_ < blocks_.size(); ++first_, ++blocks_through) {
        auto& block = blocks_[first_];
        const auto of_run = std::min<std::size_t>(octets, block.run);
        sent_ += of_run;
        block.run -= static_cast<std::uint32_t>(of_run);
        octets -= of_run;
        octets -= advance_payload(block, octets);
        if (block.run > 0 || block.part < block.parts.size()) break;
        block.parts.clear();
    }
    if (first_ == blocks_.size()) {
        SHOAL_ASSERT(octets <= last_run_);
        sent_ += octets;
        last_run_ -= octets;
    }
    drop_sent();
    return blocks_through;
}

std::size_t WriteQueue::advance_payload(QueuedBlock& block, std::size_t most)
{
    auto left = most;
    while (left > 0 && block.part < block.parts.size()) {
        const auto length = length_of(block.parts[block.part]);
        const auto taken = std::min<std::size_t>(left, length - block.sent_of_part);
        block.sent_of_part += static_cast<std::uint32_t>(taken);
        left -= taken;
        if (block.sent_of_part < length) break;
        ++block.part;
        block.sent_of_part = 0;
    }
    block_octets_ -= most - left;
    return most - left;
}

void WriteQueue::drop_sent()
{
    if (sent_ == encoded_.size()) {
        encoded_.clear();
        if (encoded_.capacity() > kept_queue_octets) encoded_.shrink_to_fit();
        sent_ = 0;
    } else if (sent_ >= worth_dropping && sent_ > encoded_.size() / 2) {
        encoded_.erase(encoded_.begin(), encoded_.begin() + static_cast<std::ptrdiff_t>(sent_));
        sent_ = 0;
    }
    if (first_ == blocks_.size()) {
        blocks_.clear();
        first_ = 0;
    } else if (first_ >= blocks_worth_dropping && first_ > blocks_.size() / 2) {
        blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

}  // namespace shoal::peer
