// Everything the host lends by name, typed. Most authors need no more than shoal/plugin.hpp and the header of
// their kind.
#pragma once

#include <shoal/services/http.hpp>
#include <shoal/services/local.hpp>
#include <shoal/services/methods.hpp>
#include <shoal/services/network.hpp>
#include <shoal/services/store.hpp>
