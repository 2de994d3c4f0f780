#pragma once

// Blocking sockets for the programs of the benchmark. Every function ends the program with a message on an
// error: a measurement that met one is worth nothing.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace shoal::bench {

/// Prints `what` and errno's text, and exits with 1.
[[noreturn]] void give_up(std::string_view what);

/// A descriptor that is closed at the end of its life.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();

    int number() const { return number_; }

private:
    int number_;
};

/// `endpoint` is ADDRESS:PORT with an IPv4 address.
Descriptor listen_on(std::string_view endpoint);
Descriptor accept_from(const Descriptor& listener);
/// Tries for five seconds: the other side may be starting.
Descriptor connect_to(std::string_view endpoint);

/// Returns false when the peer has closed the connection. `more`: further bytes follow at once (MSG_MORE).
bool send_all(const Descriptor& socket, std::span<const std::byte> bytes, bool more = false);
bool send_file(const Descriptor& socket, const Descriptor& file, std::uint64_t offset, std::size_t length);
/// The bytes received, at least one; 0 when the peer has closed the connection.
std::size_t receive_some(const Descriptor& socket, std::span<std::byte> room);

Descriptor open_to_read(const char* path);
std::uint64_t size_of(const Descriptor& file);

/// A line for the program that measures; it reads our standard output.
void tell(std::string_view line);

} // namespace shoal::bench
