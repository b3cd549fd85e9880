/* Refuses compiler flags of the project around nib under which nib's numbers would change, or under which numbers
 * that are not finite would go unnoticed. src/CMakeLists.txt includes this file first in every file of the
 * libraries. GCC has a macro for each part of -ffast-math. clang has one for NaN and infinity only;
 * cmake/NibTarget.cmake switches the other parts off. */
#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ != 0)
#error "nib cannot be compiled with -ffast-math, -Ofast or a part of them: its numbers would be wrong"
#endif

/* 16: half-precision numbers too are computed in their own precision. */
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error "nib cannot be compiled where float is computed as another type: use -mfpmath=sse and -msse2."
#endif

#ifdef __cplusplus
static_assert(0.1 != static_cast<double>(0.1f), "nib cannot be compiled with -fsingle-precision-constant");
#endif
