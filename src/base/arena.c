/* SPDX-License-Identifier: MIT */
#include "base/arena.h"
