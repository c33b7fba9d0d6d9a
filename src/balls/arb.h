// One place that knows where Arb lives: FLINT 3 holds it, before that it is a library of its own.
#pragma once

#if __has_include(<flint/arb.h>)
#include <flint/arb.h>
#include <flint/arb_hypgeom.h>
#include <flint/arb_poly.h>
#else
#include <arb.h>
#include <arb_hypgeom.h>
#include <arb_poly.h>
#endif
