// The packets of the UDP tracker protocol (BEP 15, and the options of BEP 41) as values: a tracker plug-in
// writes requests and reads replies, a tracker does the opposite. Octets after what BEP 15 names are ignored,
// so that it may grow; the options of an announce are the only ones with a meaning.
#pragma once

#include <shoal/udp_tracker/decode.hpp>
#include <shoal/udp_tracker/encode.hpp>
#include <shoal/udp_tracker/packets.hpp>
