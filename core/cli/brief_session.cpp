#include "cli/brief_session.hpp"

#include <csignal>

namespace shoal::cli {

BriefSession::BriefSession(Program& program, session::SessionSettings settings)
    : program_(program), environment_(program.live.environment()), transport_(environment_.loop, environment_.network),
      session_({environment_, transport_, program.registry, *this, program.log, program.kept}, std::move(settings))
{
    for (const int number : {SIGINT, SIGTERM}) {
        program_.live.loop().on_signal(number, [this] { is_interrupted_ = true; });
    }
    interruption_.emplace();
}

BriefSession::~BriefSession()
{
    bool is_stopped = false;
    session_.stop([&] { is_stopped = true; });
    program_.live.loop().run_until([&] { return is_stopped; });
}

bool BriefSession::wait(const std::function<bool()>& is_over)
{
    program_.live.loop().run_until([&] { return is_interrupted_ || is_over(); });
    return !is_interrupted_;
}

}  // namespace shoal::cli
