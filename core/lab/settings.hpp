#pragma once

#include "environment/time.hpp"
#include "peer/message.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>

// What a virtual world and its hosts are made of. Octets, octets a second, nanoseconds: integers all, so that
// the same run comes out on every compiler and machine.
namespace shoal::lab {

using environment::Duration;
using environment::Time;

// 0 is the world itself: the experiment's own script, which runs before every host's events of the same time.
using NodeIndex = StrongId<struct NodeIndexTag, std::uint32_t>;

struct WorldSettings {
    // Names the random numbers together with the host: same pair, same run.
    std::uint64_t experiment = 1;
    std::uint64_t replicate = 0;
    Duration latency = std::chrono::milliseconds{20};       // one way, between different hosts
    Duration name_latency = std::chrono::milliseconds{20};  // of a resolver's answer
};

struct NodeSettings {
    // Its addresses: 10.x.y.z, fd00::x.y.z. At least one of them.
    bool has_v4 = true;
    bool has_v6 = false;
    std::uint64_t up = 0;               // octets a second, shared by all its flows; 0: no limit
    std::uint64_t down = 0;             // the same
    std::uint32_t segment = 16 * 1024;  // octets of a byte stream that travel as one; 1 cuts at every octet
    std::uint32_t send_buffer = 256 * 1024;  // of a byte stream: full means would_block; of a datagram socket
    std::uint32_t receive_window = 4 * 1024 * 1024;  // of a connection: on their way and not taken yet
    std::uint32_t workers = 2;                       // jobs at a time
    Duration job_cost{0};                            // from a job's turn to its completion
};

// How often something is wrong with what a host sends, decided by the test. An empty function lets all pass.
enum class BlockFate {
    deliver,
    corrupt,  // synthetic payload is marked; in real octets the first one is flipped
    lose,     // it takes its time on the wire and never arrives
};

struct Faults {
    UniqueFunction<BlockFate(const Endpoint& to, const peer::BlockHead& block)> block;
    // False: the message is never sent.
    UniqueFunction<bool(const Endpoint& to, const peer::Message& message)> message;
    // May change the octets of a byte stream's segment; `offset` counts from the stream's first octet.
    UniqueFunction<void(const Endpoint& to, std::uint64_t offset, MutableBytes segment)> segment;
};

}  // namespace shoal::lab
