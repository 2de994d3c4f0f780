#include "peer/encoder.hpp"

#include <algorithm>

namespace shoal::peer {
namespace {

// Where the body of a new message is to be written.
std::byte* append_head(Bytes& out, std::uint8_t id, std::size_t body_size)
{
    const auto at = out.size();
    out.resize(at + message_head_size + body_size);
    auto* head = out.data() + at;
    store_be(head, static_cast<std::uint32_t>(1 + body_size));
    head[length_prefix_size] = std::byte{id};
    return head + message_head_size;
}

class Appender {
public:
    explicit Appender(Bytes& out) : out_(out) {}

    void operator()(const KeepAlive&) const { out_.resize(out_.size() + length_prefix_size); }
    void operator()(const Choke&) const { bare(MessageId::choke); }
    void operator()(const Unchoke&) const { bare(MessageId::unchoke); }
    void operator()(const Interested&) const { bare(MessageId::interested); }
    void operator()(const NotInterested&) const { bare(MessageId::not_interested); }
    void operator()(const Have& have) const { number(MessageId::have, have.piece); }
    void operator()(const PieceBits& bits) const
    {
        std::ranges::copy(bits.wire, body(MessageId::bitfield, bits.wire.size()));
    }
    void operator()(const Request& request) const { block(MessageId::request, request); }
    void operator()(const Cancel& cancel) const { block(MessageId::cancel, cancel.request); }
    void operator()(const Port& port) const { store_be(body(MessageId::port, 2), port.port); }
    void operator()(const Suggest& suggest) const { number(MessageId::suggest, suggest.piece); }
    void operator()(const HaveAll&) const { bare(MessageId::have_all); }
    void operator()(const HaveNone&) const { bare(MessageId::have_none); }
    void operator()(const Reject& reject) const { block(MessageId::reject, reject.request); }
    void operator()(const AllowedFast& allowed) const { number(MessageId::allowed_fast, allowed.piece); }
    void operator()(const Extended& extended) const
    {
        auto* at = body(MessageId::extended, 1 + extended.payload.size());
        *at = std::byte{extended.id};
        std::ranges::copy(extended.payload, at + 1);
    }
    void operator()(const Unknown& unknown) const { append_head(out_, unknown.id, unknown.length); }

private:
    std::byte* body(MessageId id, std::size_t size) const
    {
        return append_head(out_, static_cast<std::uint8_t>(id), size);
    }
    void bare(MessageId id) const { body(id, 0); }
    void number(MessageId id, std::uint32_t value) const { store_be(body(id, 4), value); }
    void block(MessageId id, const Request& request) const
    {
        auto* at = body(id, 12);
        store_be(at, request.piece);
        store_be(at + 4, request.begin);
        store_be(at + 8, request.length);
    }

    Bytes& out_;
};

}  // namespace

void append_message(Bytes& out, const Message& message)
{
    std::visit(Appender(out), message);
}

void append_block_head(Bytes& out, const BlockHead& head)
{
    auto* at = append_head(out, static_cast<std::uint8_t>(MessageId::piece), 8);
    store_be(at - message_head_size, 9 + head.length);
    store_be(at, head.piece);
    store_be(at + 4, head.begin);
}

}  // namespace shoal::peer
