// What no client can be cheaper than, over a bare TCP stream:
//   send     the file, by sendfile                                    the floor of seeding
//   receive  recv, one copy, SHA-1 of every piece, one pwrite each    the floor of fetching
// and their plain counterparts, plus the neutral peers of wire.cpp that real clients are measured against.

#include "socket.hpp"
#include "wire.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace shoal::bench {

namespace {

constexpr std::size_t piece_length = 1 << 20;
constexpr std::size_t receive_length = 256 << 10;

void send_stream(const std::string& endpoint, const char* path)
{
    const auto file = open_to_read(path);
    const auto listener = listen_on(endpoint);
    const auto socket = accept_from(listener);
    tell("started");
    for (std::uint64_t offset = 0, size = size_of(file); offset < size; offset += piece_length)
        send_file(socket, file, offset, std::min<std::uint64_t>(piece_length, size - offset));
    tell("done");
}

void write_piece(int file, std::span<const std::byte> piece, std::uint64_t offset)
{
    while (!piece.empty()) {
        const auto written = pwrite(file, piece.data(), piece.size(), static_cast<off_t>(offset));
        if (written < 0) give_up("pwrite");
        piece = piece.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

void receive_stream(const std::string& endpoint, const char* path)
{
    const Descriptor file(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (file.number() < 0) give_up(path);
    const auto socket = connect_to(endpoint);
    std::vector<std::byte> received(receive_length), piece(piece_length);
    std::array<unsigned char, 20> digest{};
    std::size_t filled = 0;
    std::uint64_t offset = 0;
    const auto finish_piece = [&] {
        if (EVP_Digest(piece.data(), filled, digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
            give_up("SHA-1");
        write_piece(file.number(), std::span(piece).first(filled), offset);
        offset += filled;
        filled = 0;
    };
    tell("started");
    while (true) {
        const auto room = std::min(received.size(), piece.size() - filled);
        const auto count = receive_some(socket, std::span(received).first(room));
        if (count == 0) break;
        std::memcpy(piece.data() + filled, received.data(), count);
        filled += count;
        if (filled == piece.size()) finish_piece();
    }
    if (filled > 0) finish_piece();
    tell("done");
}

void discard_stream(const std::string& endpoint)
{
    const auto socket = connect_to(endpoint);
    std::vector<std::byte> received(receive_length);
    tell("started");
    while (receive_some(socket, received) > 0) {}
    tell("done");
}

int usage()
{
    std::fputs("shoal_bench_floor send    ADDRESS:PORT FILE\n"
               "                  receive ADDRESS:PORT FILE\n"
               "                  discard ADDRESS:PORT\n"
               "                  seed    ADDRESS:PORT INFO-HASH FILE\n"
               "                  fetch   ADDRESS:PORT INFO-HASH SIZE\n",
               stderr);
    return 2;
}

} // namespace

int run(std::span<char*> arguments)
{
    if (arguments.size() < 3) return usage();
    const std::string verb = arguments[1], endpoint = arguments[2];
    if (verb == "discard" && arguments.size() == 3) {
        discard_stream(endpoint);
    } else if (verb == "send" && arguments.size() == 4) {
        send_stream(endpoint, arguments[3]);
    } else if (verb == "receive" && arguments.size() == 4) {
        receive_stream(endpoint, arguments[3]);
    } else if (verb == "seed" && arguments.size() == 5) {
        seed(endpoint, arguments[3], arguments[4]);
    } else if (verb == "fetch" && arguments.size() == 5) {
        fetch(endpoint, arguments[3], std::strtoull(arguments[4], nullptr, 10));
    } else {
        return usage();
    }
    return 0;
}

} // namespace shoal::bench

int main(int count, char** arguments)
{
    return shoal::bench::run({arguments, static_cast<std::size_t>(count)});
}
