// Carries out what scripts want of the outside. On the strand, but for files, which are a worker's.
#pragma once

#include "grants.hpp"
#include "programs.hpp"
#include "script.hpp"
#include "script_store.hpp"
#include "turns.hpp"
#include "web.hpp"

#include <shoal/control.hpp>
#include <shoal/host.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace shoal::script_lua {

/// Who wants something.
struct Wisher {
    std::string name;
    std::shared_ptr<const Grants> grants;
    std::shared_ptr<std::atomic<bool>> is_over = std::make_shared<std::atomic<bool>>(false); // it was replaced, or is gone
};

class Wishes {
public:
    using Done = std::function<void(const Result<Value>&)>;

    explicit Wishes(Host& host);

    /// `done` comes once, perhaps at once; not after stop().
    void grant(const Wisher& wisher, const Wish& wish, Done done);
    void start() { store_.start(); }
    /// Nothing is begun any more; programs are killed.
    void stop();

private:
    struct FileErrand;

    void carry_out_in_files(const Wisher& wisher, const Wish& wish, Done done);
    void go_on(const std::shared_ptr<FileErrand>& errand);
    void notify(const Wisher& wisher, const Value::Map& what, Done done);

    Control control_;
    ScriptStore store_;
    Workers workers_;
    shoal::Settings settings_;
    Web web_;
    Programs programs_;
    Turns file_turns_{2};
};

} // namespace shoal::script_lua
