#pragma once

#include "environment/loop.hpp"
#include "environment/network.hpp"
#include "peer/decoder.hpp"
#include "peer/link.hpp"
#include "peer/write_queue.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace shoal::peer {

struct StreamLinkSettings {
    DecoderLimits limits;
    std::size_t read_budget = 256 << 10;  // octets taken in one event, before others have their turn
    std::shared_ptr<ReadSpace> read_space = nullptr;  // of all links of this loop; none: one for this link alone
};

// A link over a byte stream: reads as much at once as there is, and sends what one turn of the loop
// queued with one gathered write (and a send_file for each file region). [loop]
class StreamLink final : public Link, private environment::Stream::Events {
public:
    // Nothing is read before there are events to tell.
    StreamLink(environment::Loop& loop, std::unique_ptr<environment::Stream> stream,
               const StreamLinkSettings& settings = {});
    ~StreamLink() override;

    // May be called inside an event: the next one, even of the same read, goes to the new one.
    void set_events(LinkEvents* events) override;
    void send(const Handshake& our_handshake) override;
    void send(const Message& message) override;
    void send(OutgoingBlock block) override;
    bool withdraw(const BlockHead& head) override { return output_.withdraw(head); }
    std::size_t queued_block_octets() const override { return output_.block_octets(); }
    // The heads of queued blocks included.
    std::size_t queued_control_octets() const override { return output_.control_octets(); }

    void expect_pieces(std::uint32_t count) override { decoder_.expect_pieces(count); }
    void divert_block() override { decoder_.divert_block(); }
    void pause_reading() override;
    void resume_reading() override;

    bool sends_files() const override { return sends_files_; }
    Endpoint local() const override { return local_; }
    Endpoint remote() const override { return remote_; }

private:
    enum class Reading { over, more, ended };  // ended: closed or destroyed, touch nothing
    enum class Sending { over, more, blocked };

    void on_readable() override { read_on(); }
    void on_writable() override { flush(); }

    // False: closed or destroyed, touch nothing.
    bool read_on();
    Reading read_once(std::size_t& budget);
    Reading handle(std::size_t octets);

    void schedule_turn();
    void on_turn();
    void flush();
    void give_up_sending();
    Sending write_once(std::size_t& blocks_through);
    void want_write(bool wanted);
    void update_want_read();
    void close(Error why);

    environment::Loop& loop_;
    std::unique_ptr<environment::Stream> stream_;  // none once closed
    const std::size_t read_budget_;
    const bool sends_files_;
    const Endpoint local_;
    const Endpoint remote_;

    LinkEvents* events_ = nullptr;
    Decoder decoder_;
    WriteQueue output_;
    bool wants_write_ = false;      // the stream takes no more for now
    std::optional<Error> failure_;  // why sending failed; once closed: what nobody was told yet

    // What a posted turn finds when the link is gone: a null.
    std::shared_ptr<StreamLink*> self_;
    bool is_turn_posted_ = false;
};

}  // namespace shoal::peer
