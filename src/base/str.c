/* SPDX-License-Identifier: MIT */
#include "base/str.h"
