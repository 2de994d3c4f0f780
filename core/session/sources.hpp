#pragma once

#include "environment/environment.hpp"
#include "host/instance.hpp"
#include "host/log.hpp"
#include "session/source.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shoal::session {

// The source plug-ins of a session, one instance each, made when a torrent is first named: they say what an identifier (a path, a
// magnet link, a URL …) stands for. The one that is surest is asked, of several the first in the list; when it fails, the next.
// Owns the deadline of every question, and believes no answer that it has not parsed. [loop]
class Sources final {
public:
    using Make = std::function<Result<std::unique_ptr<host::Instance>>(const std::string& name, host::SourceSink&)>;
    using Done = UniqueFunction<void(Result<Source>)>;

    static constexpr environment::Duration patience = std::chrono::seconds{60};  // with each plug-in
    static constexpr std::uint32_t most_hops = 4;  // from one identifier to another

    Sources(environment::Environment& environment, std::vector<std::string> wanted, host::Log log, Make make);
    ~Sources();

    // `done` comes once, never inline, unless this is destroyed first. The error says what each plug-in said, and has the code of
    // the first.
    void read(std::string identifier, Done done);
    // What is under way ends as cancelled, and so does what comes later.
    void stop();

private:
    struct Seat;
    struct Reading;
    using Number = std::uint64_t;

    void make_all();
    void begin(Number number);
    std::vector<Seat*> claimants_of(const std::string& identifier);
    static std::int32_t claim_of(Seat& seat, const std::string& identifier);
    void ask_next(Number number);
    Result<std::uint64_t> submit(Seat& seat, const Reading& reading);
    void on_deadline(Number number);
    void on_answer(Seat& seat, std::uint64_t plugin_operation, host::SourceAnswer answer);
    void on_torrent(Number number, Bytes octets);
    void on_magnet(Number number, const std::string& link);
    void on_elsewhere(Number number, std::string identifier);
    void on_failure(Number number, Error why);
    Error verdict(const Reading& reading) const;
    void finish(Number number, Result<Source> outcome);

    environment::Environment& environment_;
    std::vector<std::string> wanted_;
    host::Log log_;
    Make make_;
    bool are_made_ = false;
    bool is_stopped_ = false;
    std::vector<std::unique_ptr<Seat>> seats_;
    std::map<Number, std::unique_ptr<Reading>> readings_;
    Number next_number_ = 1;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::session
