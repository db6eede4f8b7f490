/* SPDX-License-Identifier: MIT */
#include "base/vec.h"
