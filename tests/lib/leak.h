/* SPDX-License-Identifier: MIT
 *
 * Leak: makes a test fail that loses memory, in a build with sanitizers.
 *
 * Criterion runs each test in a process of its own and does not look at what LeakSanitizer says at
 * its end, so every suite names this as its .fini.
 */
#ifndef JML_TESTS_LIB_LEAK_H
#define JML_TESTS_LIB_LEAK_H

void jml_test_leak_check(void);

#endif
