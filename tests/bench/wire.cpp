#include "wire.hpp"

#include "socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace shoal::bench {

namespace {

constexpr std::uint32_t piece_length = 1 << 20;
constexpr std::uint32_t block_length = 16 << 10;
constexpr std::uint64_t window = 250 * block_length; // what a client queues for a peer by default, or less
constexpr std::string_view protocol = "\x13" "BitTorrent protocol";
constexpr std::size_t handshake_length = 68;
constexpr std::uint32_t request_length = 13;

enum MessageId : std::uint8_t {
    choke = 0,
    unchoke = 1,
    interested = 2,
    bitfield = 5,
    request = 6,
    piece = 7,
};

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at)
{
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
    return number;
}

void append_number(std::vector<std::byte>& out, std::uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(number >> shift));
}

void append_message(std::vector<std::byte>& out, std::uint32_t length, MessageId id)
{
    append_number(out, length);
    out.push_back(static_cast<std::byte>(id));
}

std::vector<std::byte> handshake(const std::string& info_hash)
{
    constexpr std::string_view peer_id = "-SF0001-benchmark---";
    std::vector<std::byte> out;
    for (const char c : protocol) out.push_back(static_cast<std::byte>(c));
    out.resize(out.size() + 8); // no extensions
    for (std::size_t i = 0; i < 20; ++i)
        out.push_back(static_cast<std::byte>(std::stoul(info_hash.substr(2 * i, 2), nullptr, 16)));
    for (const char c : peer_id) out.push_back(static_cast<std::byte>(c));
    return out;
}

/// Cuts what is received into messages.
class Inbox {
public:
    explicit Inbox(const Descriptor& socket) : socket_(socket), bytes_(1 << 20) {}

    /// Receives once. False: the peer has gone.
    bool refill()
    {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        const auto count = receive_some(socket_, std::span(bytes_).subspan(end_));
        end_ += count;
        return count > 0;
    }

    /// False, too, for whoever begins with an encrypted handshake: hung up on, it tries again in the clear.
    bool skip_handshake()
    {
        while (end_ - begin_ < handshake_length)
            if (!refill()) return false;
        begin_ += handshake_length;
        return std::memcmp(bytes_.data(), protocol.data(), protocol.size()) == 0;
    }

    /// The next whole message without its length; empty when there is none. Keep-alives are passed over.
    std::span<const std::byte> next()
    {
        while (end_ - begin_ >= 4) {
            const auto rest = std::span<const std::byte>(bytes_).subspan(begin_, end_ - begin_);
            const std::size_t length = number_at(rest, 0);
            if (length + 4 > bytes_.size()) {
                errno = EMSGSIZE;
                give_up("a peer's message");
            }
            if (rest.size() < length + 4) return {};
            begin_ += length + 4;
            if (length > 0) return rest.subspan(4, length);
        }
        return {};
    }

private:
    const Descriptor& socket_;
    std::vector<std::byte> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

MessageId id_of(std::span<const std::byte> message)
{
    return static_cast<MessageId>(message[0]);
}

std::vector<std::byte> everything(std::uint64_t size)
{
    const auto pieces = static_cast<std::uint32_t>((size + piece_length - 1) / piece_length);
    std::vector<std::byte> out;
    append_message(out, 1 + (pieces + 7) / 8, bitfield);
    for (std::uint32_t i = 0; i < pieces; i += 8)
        out.push_back(static_cast<std::byte>(0xff << (8 - std::min(8u, pieces - i))));
    return out;
}

bool answer(const Descriptor& socket, const Descriptor& file, std::span<const std::byte> wanted)
{
    const auto index = number_at(wanted, 1), begin = number_at(wanted, 5), length = number_at(wanted, 9);
    std::vector<std::byte> header;
    append_message(header, 9 + length, piece);
    append_number(header, index);
    append_number(header, begin);
    return send_all(socket, header, true)
        && send_file(socket, file, std::uint64_t{index} * piece_length + begin, length);
}

/// Returns when the peer has gone.
void serve(const Descriptor& socket, const Descriptor& file, const std::string& info_hash)
{
    Inbox inbox(socket);
    if (!inbox.skip_handshake()) return;
    const auto size = size_of(file);
    if (!send_all(socket, handshake(info_hash)) || !send_all(socket, everything(size))) return;
    std::uint64_t sent = 0;
    do {
        for (auto message = inbox.next(); !message.empty(); message = inbox.next()) {
            if (id_of(message) == interested) {
                std::vector<std::byte> reply;
                append_message(reply, 1, unchoke);
                if (!send_all(socket, reply)) return;
            } else if (id_of(message) == request && message.size() == request_length) {
                if (sent == 0) tell("started");
                if (!answer(socket, file, message)) return;
                const auto before = sent;
                sent += number_at(message, 9);
                if (before < size && sent >= size) tell("done");
            }
        }
    } while (inbox.refill());
}

/// Appends requests until the window is full; returns where it ended.
std::uint64_t fill_window(std::vector<std::byte>& out, std::uint64_t requested, std::uint64_t end)
{
    while (requested < end) {
        const auto left = end - requested;
        const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(block_length, left));
        append_message(out, request_length, request);
        append_number(out, static_cast<std::uint32_t>(requested / piece_length));
        append_number(out, static_cast<std::uint32_t>(requested % piece_length));
        append_number(out, length);
        requested += length;
    }
    return requested;
}

} // namespace

void seed(const std::string& endpoint, const std::string& info_hash, const char* path)
{
    const auto file = open_to_read(path);
    const auto listener = listen_on(endpoint);
    while (true) serve(accept_from(listener), file, info_hash);
}

void fetch(const std::string& endpoint, const std::string& info_hash, std::uint64_t size)
{
    const auto socket = connect_to(endpoint);
    std::vector<std::byte> out;
    append_message(out, 1, interested); // aria2 bans who says this before it has shaken hands itself
    Inbox inbox(socket);
    if (!send_all(socket, handshake(info_hash)) || !inbox.skip_handshake() || !send_all(socket, out))
        give_up("the seeder hung up");
    bool is_choked = true, is_first = true;
    std::uint64_t received = 0, requested = 0;
    while (received < size) {
        for (auto message = inbox.next(); !message.empty(); message = inbox.next()) {
            const auto id = id_of(message);
            if (id == piece) received += message.size() - 9;
            if (id == unchoke && is_first) tell("started");
            if (id == unchoke) is_choked = is_first = false;
            if (id == choke) is_choked = true, requested = received; // what was asked for is forgotten
        }
        out.clear();
        if (!is_choked) requested = fill_window(out, requested, std::min(size, received + window));
        if (!send_all(socket, out)) give_up("the seeder hung up");
        if (received < size && !inbox.refill()) give_up("the seeder hung up");
    }
    tell("done");
}

} // namespace shoal::bench
