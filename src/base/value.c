/* SPDX-License-Identifier: MIT */
#include "base/value.h"
