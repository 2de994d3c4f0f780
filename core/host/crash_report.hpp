#pragma once

#include <filesystem>

namespace shoal::host {

// From now on a fatal signal (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) writes "Shoal crashed inside plug-in
// ID (instance, function)", or that it was in no plug-in, and a backtrace to standard error and to the file,
// and is then raised again. Called once, by main, before threads are started; the file is made only when
// there is a crash. An empty path: no file.
void install_crash_reporter(const std::filesystem::path& file);

}  // namespace shoal::host
