#include "probe.hpp"

#include <catch2/catch.hpp>

#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace shoal::host::test {

namespace {

struct CheckedStage : Stage {
    CheckedStage()
    {
        auto with = context();
        with.checked = true;
        with.on_violation = [this](const Violation& violation) { violations.push_back(describe(violation)); };
        start(std::move(with));
    }
    std::vector<std::string> violations;
};

}  // namespace

TEST_CASE("a checked host reports plug-in, instance, function and argument", "[host][checked]")
{
    CheckedStage stage;
    std::uint64_t timer = 0;
    stage.as_plugin([&] { return stage.probe.timer->start(stage.probe.host, 1, nullptr, nullptr, &timer); });
    CHECK(stage.violations
          == std::vector<std::string>{
              "plug-in org.example.probe, torrent 3fa1 broke a rule in timer.start: fire or timer is NULL"});
}

TEST_CASE("a checked host reports a [strand] function called from another thread", "[host][checked]")
{
    CheckedStage stage;
    std::thread([&] { stage.probe.random->next(stage.probe.host); }).join();
    CHECK(stage.violations
          == std::vector<std::string>{
              "plug-in org.example.probe, torrent 3fa1 broke a rule in random.next: called from "
              "another thread than the strand's"});
}

TEST_CASE("a checked host reports a service asked for after create", "[host][checked]")
{
    CheckedStage stage;
    stage.as_plugin([&] { stage.probe.host->service(stage.probe.host, text(SHOAL_SERVICE_UDP)); });
    REQUIRE(stage.violations.size() == 1);
    CHECK(stage.violations[0].ends_with("service: asked for shoal.host.udp/1 after create"));
}

TEST_CASE("a checked host reports a host pointer used after destroy", "[host][checked]")
{
    CheckedStage stage;
    const auto* host = stage.probe.host;
    stage.instance.reset();
    CHECK(host->post(host, Completions::task, nullptr) == SHOAL_E_STATE);
    CHECK(host->now(host) == 0);
    stage.probe.metrics->add(host, text("late"), 1);
    REQUIRE(stage.violations.size() == 3);
    CHECK(stage.violations[0].ends_with("post: used its host pointer after destroy"));
    CHECK(stage.violations[2].ends_with("metrics.add: used its host pointer after destroy"));
}

TEST_CASE("a slow call stops nobody, not even a checked host", "[host][checked]")
{
    CheckedStage stage;
    stage.as_plugin([&] { stage.environment.loop.jump(std::chrono::seconds{1}); });
    CHECK(stage.instance->strikes() == 1);
    CHECK(stage.violations.empty());
}

TEST_CASE("a violation that nobody takes stops the process with code 70 and a report", "[host][checked]")
{
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(pipe[1], STDERR_FILENO);
        Stage stage;
        auto context = stage.context();
        context.checked = true;
        stage.start(std::move(context));
        stage.instance->strike("pick", "piece 7 of 5");
        ::_exit(0);
    }
    ::close(pipe[1]);
    std::string said;
    std::array<char, 256> buffer;
    for (ssize_t got = 0; (got = ::read(pipe[0], buffer.data(), buffer.size())) > 0;) {
        said.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 70);
    CHECK(said == "plug-in org.example.probe, torrent 3fa1 broke a rule in pick: piece 7 of 5\n");
}

}  // namespace shoal::host::test
