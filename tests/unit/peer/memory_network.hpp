#pragma once

#include "environment/network.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <unistd.h>
#include <utility>
#include <vector>

namespace shoal::peer::testing {

class MemoryStream;

// Turns by hand: tasks, then the streams that can move, until nothing does.
class MemoryLoop final : public environment::Loop {
public:
    environment::Time now() const override { return {}; }
    std::int64_t unix_time() const override { return 0; }
    void post(environment::Task task) override { tasks_.push_back(std::move(task)); }
    environment::TimerId start_timer(environment::Duration, environment::Task task) override
    {
        post(std::move(task));
        return environment::TimerId{++last_id_};
    }
    bool cancel_timer(environment::TimerId) override { return false; }
    bool is_current_thread() const override { return true; }

    void run()
    {
        while (run_tasks() || run_streams()) {}
    }

    // Only what is posted now, and what that posts.
    bool run_tasks()
    {
        const bool had_any = !tasks_.empty();
        while (!tasks_.empty()) {
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            task();
        }
        return had_any;
    }

    bool run_streams();
    std::size_t waiting_tasks() const { return tasks_.size(); }

private:
    friend class MemoryStream;
    std::deque<environment::Task> tasks_;
    std::map<std::uint64_t, MemoryStream*> streams_;
    std::uint64_t last_id_ = 0;
};

// One direction of a connection.
struct MemoryChannel {
    std::deque<std::byte> octets;
    std::size_t capacity = 1 << 20;
    bool writer_is_gone = false;
    bool reader_is_gone = false;
};

class MemoryStream final : public environment::Stream {
public:
    // A test may look at and change these at any time.
    struct Knobs {
        std::size_t read_limit = SIZE_MAX;  // octets a single read or write moves at most
        std::size_t write_limit = SIZE_MAX;
        bool sends_files = true;
        bool fails = false;
        std::size_t reads = 0;
        std::size_t writes = 0;
        std::size_t files = 0;
        std::vector<bool> more_follows;  // of each write
    };

    MemoryStream(MemoryLoop& loop, std::shared_ptr<MemoryChannel> in, std::shared_ptr<MemoryChannel> out)
        : loop_(loop),
          id_(++loop.last_id_),
          in_(std::move(in)),
          out_(std::move(out)),
          knobs_(std::make_shared<Knobs>())
    {
        loop_.streams_[id_] = this;
    }

    ~MemoryStream() override
    {
        in_->reader_is_gone = true;
        out_->writer_is_gone = true;
        loop_.streams_.erase(id_);
    }

    // Outlives the stream.
    std::shared_ptr<Knobs> knobs() const { return knobs_; }

    void set_events(Events* events) override { events_ = events; }
    void want_read(bool wanted) override { wants_read_ = wanted; }
    void want_write(bool wanted) override { wants_write_ = wanted; }

    environment::IoOutcome read(std::span<const MutableBytes> buffers) override
    {
        ++knobs_->reads;
        if (knobs_->fails) return {.bytes = 0, .state = environment::IoState::failed};
        std::size_t moved = 0;
        for (const auto buffer : buffers) {
            const auto size = std::min({buffer.size(), in_->octets.size(), knobs_->read_limit - moved});
            std::copy_n(in_->octets.begin(), size, buffer.begin());
            in_->octets.erase(in_->octets.begin(), in_->octets.begin() + static_cast<std::ptrdiff_t>(size));
            moved += size;
        }
        if (moved > 0) return {.bytes = moved, .state = environment::IoState::ready};
        return {.bytes = 0,
                .state =
                    in_->writer_is_gone ? environment::IoState::closed : environment::IoState::would_block};
    }

    environment::IoOutcome write(std::span<const ByteView> buffers, bool more_follows) override
    {
        ++knobs_->writes;
        knobs_->more_follows.push_back(more_follows);
        if (out_->reader_is_gone) return {.bytes = 0, .state = environment::IoState::closed};
        std::size_t moved = 0;
        for (const auto buffer : buffers) {
            const auto size = std::min({buffer.size(), room(), knobs_->write_limit - moved});
            out_->octets.insert(out_->octets.end(), buffer.begin(),
                                buffer.begin() + static_cast<std::ptrdiff_t>(size));
            moved += size;
        }
        return {.bytes = moved,
                .state = moved > 0 ? environment::IoState::ready : environment::IoState::would_block};
    }

    environment::IoOutcome send_file(const environment::FileRegion& region) override
    {
        ++knobs_->files;
        Bytes octets(std::min({std::size_t{region.length}, room(), knobs_->write_limit}));
        if (octets.empty()) return {.bytes = 0, .state = environment::IoState::would_block};
        const auto size =
            ::pread(region.descriptor, octets.data(), octets.size(), static_cast<off_t>(region.offset));
        if (size <= 0) {
            file_ended_ = true;
            return {.bytes = 0, .state = environment::IoState::failed};
        }
        out_->octets.insert(out_->octets.end(), octets.begin(), octets.begin() + size);
        return {.bytes = static_cast<std::size_t>(size), .state = environment::IoState::ready};
    }

    bool sends_files() const override { return knobs_->sends_files; }
    Endpoint local() const override { return {.address = Address::from_v4(0x0a000001), .port = 1}; }
    Endpoint remote() const override { return {.address = Address::from_v4(0x0a000002), .port = 2}; }
    Error error() const override
    {
        return file_ended_ ? make_error(Errc::io_error, "the file ended early")
                           : make_error(Errc::network_error, "connection reset by peer");
    }

private:
    friend class MemoryLoop;

    std::size_t room() const { return out_->capacity - std::min(out_->capacity, out_->octets.size()); }
    bool can_read() const
    {
        return wants_read_ && (!in_->octets.empty() || in_->writer_is_gone || knobs_->fails);
    }
    bool can_write() const { return wants_write_ && (room() > 0 || out_->reader_is_gone); }

    MemoryLoop& loop_;
    const std::uint64_t id_;
    std::shared_ptr<MemoryChannel> in_;
    std::shared_ptr<MemoryChannel> out_;
    std::shared_ptr<Knobs> knobs_;
    Events* events_ = nullptr;
    bool wants_read_ = false;
    bool wants_write_ = false;
    bool file_ended_ = false;
};

inline bool MemoryLoop::run_streams()
{
    bool moved = false;
    std::vector<std::uint64_t> ids;
    for (const auto& [id, stream] : streams_) ids.push_back(id);
    for (const auto id : ids) {
        if (streams_.contains(id) && streams_[id]->can_read()) {
            moved = true;
            streams_[id]->events_->on_readable();
        }
        if (streams_.contains(id) && streams_[id]->can_write()) {
            moved = true;
            streams_[id]->events_->on_writable();
        }
    }
    return moved;
}

struct MemoryPair {
    explicit MemoryPair(MemoryLoop& loop, std::size_t capacity = 1 << 20)
        : forth(std::make_shared<MemoryChannel>()),
          back(std::make_shared<MemoryChannel>()),
          near(std::make_unique<MemoryStream>(loop, back, forth)),
          far(std::make_unique<MemoryStream>(loop, forth, back))
    {
        forth->capacity = back->capacity = capacity;
    }

    std::shared_ptr<MemoryChannel> forth;  // what near sends
    std::shared_ptr<MemoryChannel> back;
    std::unique_ptr<MemoryStream> near;
    std::unique_ptr<MemoryStream> far;
};

// Whoever connects reaches whoever listens there.
class MemoryNetwork final : public environment::Network {
public:
    explicit MemoryNetwork(MemoryLoop& loop) : loop_(loop) {}

    environment::OperationId connect(const Endpoint& to, environment::Duration, Connected done) override
    {
        const environment::OperationId operation{++last_operation_};
        connecting_.insert_or_assign(operation, std::move(done));
        loop_.post([this, operation, to] { finish(operation, to); });
        return operation;
    }
    void cancel_connect(environment::OperationId operation) override { connecting_.erase(operation); }

    Result<std::unique_ptr<environment::Listener>> listen(const Endpoint& local, Accepted accepted) override
    {
        if (listening_.contains(local)) return make_error(Errc::io_error, "address in use");
        listening_.insert_or_assign(local, std::move(accepted));
        return std::unique_ptr<environment::Listener>(std::make_unique<MemoryListener>(*this, local));
    }

    Result<std::unique_ptr<environment::DatagramSocket>> open_datagram(const Endpoint&, Received) override
    {
        return make_error(Errc::unsupported, "no datagrams here");
    }

    Result<std::unique_ptr<environment::DatagramSocket>> open_group(const Endpoint&, Received) override
    {
        return make_error(Errc::unsupported, "no datagrams here");
    }

private:
    struct MemoryListener final : environment::Listener {
        MemoryListener(MemoryNetwork& network, const Endpoint& at) : network_(network), at_(at) {}
        ~MemoryListener() override { network_.listening_.erase(at_); }
        Endpoint local() const override { return at_; }

        MemoryNetwork& network_;
        Endpoint at_;
    };

    void finish(environment::OperationId operation, const Endpoint& to)
    {
        auto waiting = connecting_.extract(operation);
        if (waiting.empty()) return;
        const auto listener = listening_.find(to);
        if (listener == listening_.end())
            return waiting.mapped()(make_error(Errc::refused, "connection refused"));
        MemoryPair pair(loop_);
        listener->second(std::move(pair.far));
        waiting.mapped()(std::unique_ptr<environment::Stream>(std::move(pair.near)));
    }

    MemoryLoop& loop_;
    std::map<environment::OperationId, Connected> connecting_;
    std::map<Endpoint, Accepted> listening_;
    std::uint64_t last_operation_ = 0;
};

}  // namespace shoal::peer::testing
