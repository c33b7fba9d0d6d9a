// The approximate reciprocal square root of x86 processors (RSQRTSS, RSQRTPS), bit for bit, on any machine.
#pragma once

namespace roundoff::replay {

/// Whose approximation: the instruction's definition leaves 1.5 · 2^-12 of room, and the makers use different tables.
enum class Maker { intel, amd };

/// RSQRTPS of x. Subnormals count as zero of their sign; ±0 give ±∞, +∞ gives +0, negative numbers and NaN give NaN.
/// Intel: the midpoint of a cell of the top 10 fraction bits and the exponent's parity, its 1/√ rounded to 12 bits (a
/// closed form fitted to recorded values). AMD: Zen 4's table, data/rsqrt_rcp_amd_zen4.txt.
[[nodiscard]] float approximate_rsqrt(Maker maker, float x);

}  // namespace roundoff::replay
