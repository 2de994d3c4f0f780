#include "child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shoal::script_lua {
namespace {

constexpr std::size_t most_at_once = 1u << 20; // of a look: one that floods does not keep us

Error spawn_error(const std::string& program, int number)
{
    const auto code = number == ENOENT ? Errc::not_found : number == EACCES ? Errc::permission_denied : Errc::io_error;
    return make_error(code, program + ": " + std::generic_category().message(number));
}

// What it is started with; freed with it.
struct Spawn {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};

    Spawn()
    {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    Spawn(const Spawn&) = delete;
    Spawn& operator=(const Spawn&) = delete;
    ~Spawn()
    {
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
    }
};

int prepare(Spawn& spawn, int output, int errors)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawnattr_setflags(&spawn.attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (failed == 0) failed = posix_spawnattr_setpgroup(&spawn.attributes, 0);
    if (failed == 0) failed = posix_spawnattr_setsigmask(&spawn.attributes, &none);
    if (failed == 0) failed = posix_spawnattr_setsigdefault(&spawn.attributes, &all);
    if (failed == 0) failed = posix_spawn_file_actions_addopen(&spawn.actions, 0, "/dev/null", O_RDONLY, 0);
    if (failed == 0) failed = posix_spawn_file_actions_adddup2(&spawn.actions, output, 1);
    if (failed == 0) failed = posix_spawn_file_actions_adddup2(&spawn.actions, errors, 2);
    if (failed == 0) failed = posix_spawn_file_actions_addclosefrom_np(&spawn.actions, 3); // also what others forgot to mark
    return failed;
}

// Above 2, so that neither lies where the other is put.
Result<std::pair<OpenFile, OpenFile>> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return make_error(Errc::io_error, "no pipe: " + std::generic_category().message(errno));
    const OpenFile first(ends[0]);
    const OpenFile second(ends[1]);
    OpenFile ours(::fcntl(first.number(), F_DUPFD_CLOEXEC, 3));
    OpenFile theirs(::fcntl(second.number(), F_DUPFD_CLOEXEC, 3));
    if (!ours || !theirs || ::fcntl(ours.number(), F_SETFL, O_NONBLOCK) != 0) return make_error(Errc::io_error, "no pipe");
    return std::pair(std::move(ours), std::move(theirs));
}

} // namespace

Child::~Child()
{
    kill();
    if (process_ > 0) ::waitpid(process_, nullptr, 0); // it was killed: this takes no time
}

Result<void> Child::start(const Order& order)
{
    auto output = make_pipe();
    if (!output) return output.error();
    auto errors = make_pipe();
    if (!errors) return errors.error();
    auto environment = order.environment;
    environment.emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
    environment.emplace("LANG", "C.UTF-8");
    std::vector<std::string> lines;
    for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
    auto arguments = order.arguments;
    std::vector<char*> argv;
    std::vector<char*> envp;
    for (auto& one : arguments) argv.push_back(one.data());
    for (auto& one : lines) envp.push_back(one.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    Spawn spawn;
    int failed = prepare(spawn, output->second.number(), errors->second.number());
    pid_t process = -1;
    if (failed == 0) failed = ::posix_spawn(&process, argv[0], &spawn.actions, &spawn.attributes, argv.data(), envp.data());
    if (failed != 0) return spawn_error(order.arguments.front(), failed);
    process_ = process;
    most_ = order.most_output;
    output_.ours = std::move(output->first);
    errors_.ours = std::move(errors->first);
    return {};
}

void Child::drain(Pipe& pipe)
{
    std::array<char, 16'384> buffer{};
    for (std::size_t taken = 0; taken < most_at_once;) {
        const auto count = ::read(pipe.ours.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        taken += static_cast<std::size_t>(count);
        is_talking_ = true;
        const auto room = most_ - pipe.text.size();
        pipe.text.append(buffer.data(), std::min(static_cast<std::size_t>(count), room));
        pipe.is_cut = pipe.is_cut || static_cast<std::size_t>(count) > room;
    }
}

std::optional<Child::Ended> Child::look()
{
    if (process_ <= 0) return std::nullopt;
    is_talking_ = false;
    drain(output_);
    drain(errors_);
    siginfo_t what{};
    if (::waitid(P_PID, static_cast<id_t>(process_), &what, WEXITED | WNOHANG | WNOWAIT) != 0 || what.si_pid != process_) return std::nullopt;
    kill(); // what it left behind; while it is not waited for nobody else has its number
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    drain(output_); // what it wrote last
    drain(errors_);
    Ended ended;
    ended.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    ended.code = ended.signal != 0 ? 128 + ended.signal : WEXITSTATUS(status);
    ended.output = std::move(output_.text);
    ended.errors = std::move(errors_.text);
    ended.is_cut = output_.is_cut || errors_.is_cut;
    return ended;
}

void Child::kill()
{
    if (process_ <= 0) return;
    ::kill(-process_, SIGKILL);
    ::kill(process_, SIGKILL); // it may have left its group; nobody has its number yet, for it was not waited for
}

} // namespace shoal::script_lua
