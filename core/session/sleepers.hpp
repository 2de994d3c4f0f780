#pragma once

#include <shoal/ids.hpp>

namespace shoal::session {

// Torrents that are not in the session, and would be if somebody asked. Kept by whoever adds torrents.
class Sleepers {
public:
    enum class Call {
        knock,    // somebody connected and wants it
        spotted,  // a discovery plug-in came across somebody: not for a private torrent, nor one that may be (BEP 27)
    };
    // True: it will be live soon, and the caller may wait for that. May come from inside an event of his. [loop]
    virtual bool wake(const Hash20& info_hash, Call call) = 0;

protected:
    ~Sleepers() = default;
};

}  // namespace shoal::session
