// The processor's floating-point environment: how results are rounded, what happens to numbers below 2^-126, and
// whether an exception raises a signal. A host program may have changed it, and nib's bits depend on it.
#pragma once

namespace nib {

// The registers that control arithmetic, and their control bits.
namespace float_control {

#if defined(__x86_64__) || (defined(__i386__) && defined(__SSE__))

struct Registers { // MXCSR
    unsigned word;

    static Registers read() noexcept
    {
        Registers r;
        asm volatile("stmxcsr %0" : "=m"(r.word) : : "memory");
        return r;
    }
    void write() const noexcept { asm volatile("ldmxcsr %0" : : "m"(word) : "memory"); }
    static constexpr Registers standard() noexcept { return {0x1f80}; }      // no exception raises a signal
    bool is_standard() const noexcept { return (word & 0xffc0u) == 0x1f80; } // all but the six flags
    bool operator==(const Registers& other) const noexcept { return word == other.word; }
};

#elif defined(__aarch64__)

struct Registers {
    unsigned long control, flags; // FPCR, FPSR

    static Registers read() noexcept
    {
        Registers r;
        asm volatile("mrs %0, fpcr\n\tmrs %1, fpsr" : "=r"(r.control), "=r"(r.flags) : : "memory");
        return r;
    }
    void write() const noexcept
    {
        asm volatile("msr fpcr, %0\n\tmsr fpsr, %1" : : "r"(control), "r"(flags) : "memory");
    }
    static constexpr Registers standard() noexcept { return {0, 0}; }
    bool is_standard() const noexcept { return control == 0; }
    bool operator==(const Registers& other) const noexcept { return control == other.control && flags == other.flags; }
};

#elif defined(__arm__) && defined(__ARM_FP)

struct Registers { // FPSCR
    unsigned word;

    static Registers read() noexcept
    {
        Registers r;
        asm volatile("vmrs %0, fpscr" : "=r"(r.word) : : "memory");
        return r;
    }
    void write() const noexcept { asm volatile("vmsr fpscr, %0" : : "r"(word) : "memory", "cc"); }
    static constexpr Registers standard() noexcept { return {0}; }
    bool is_standard() const noexcept { return (word & 0x07ff9f00u) == 0; }
    // The flags of the last comparison are left out: behind a call, nobody uses them.
    bool operator==(const Registers& other) const noexcept { return ((word ^ other.word) & 0x0fffffffu) == 0; }
};

#elif defined(__riscv_flen)

struct Registers { // fcsr
    unsigned long word;

    static Registers read() noexcept
    {
        Registers r;
        asm volatile("frcsr %0" : "=r"(r.word) : : "memory");
        return r;
    }
    void write() const noexcept { asm volatile("fscsr %0" : : "r"(word) : "memory"); }
    static constexpr Registers standard() noexcept { return {0}; }
    bool is_standard() const noexcept { return (word & 0xe0u) == 0; } // the rounding; the rest are flags
    bool operator==(const Registers& other) const noexcept { return word == other.word; }
};

#else

struct Registers { // of a processor that is not known here, or that has none
    static Registers read() noexcept { return {}; }
    void write() const noexcept {}
    static constexpr Registers standard() noexcept { return {}; }
    bool is_standard() const noexcept { return true; }
    bool operator==(const Registers&) const noexcept { return true; }
};

#endif

} // namespace float_control

// While an object of this class lives, its thread rounds to nearest, keeps numbers below 2^-126, and gets no signal.
// The destructor restores the previous environment, exception flags included. Reading a register takes 1 or 2 ns; a
// register is written only if it differs.
class FloatEnvironment {
public:
    FloatEnvironment() noexcept : before_(float_control::Registers::read())
    {
        if (!before_.is_standard()) float_control::Registers::standard().write();
    }
    ~FloatEnvironment()
    {
        if (!(float_control::Registers::read() == before_)) before_.write();
    }
    FloatEnvironment(const FloatEnvironment&) = delete;
    FloatEnvironment& operator=(const FloatEnvironment&) = delete;

private:
    float_control::Registers before_;
};

// The same for the x87. nib does not compute with it, but glibc's printf and strtod round as its control word says.
class DecimalEnvironment {
#if defined(__x86_64__)
public:
    DecimalEnvironment() noexcept
    {
        asm volatile("fnstcw %0" : "=m"(control_) : : "memory");
        if (is_standard()) return;
        asm volatile("fnstenv %0" : "=m"(before_) : : "memory");
        asm volatile("fldcw %0" : : "m"(standard) : "memory");
    }
    ~DecimalEnvironment()
    {
        if (!is_standard()) asm volatile("fldenv %0" : : "m"(before_) : "memory");
    }
    DecimalEnvironment(const DecimalEnvironment&) = delete;
    DecimalEnvironment& operator=(const DecimalEnvironment&) = delete;

private:
    static constexpr unsigned short standard = 0x37f;
    bool is_standard() const noexcept { return (control_ & 0x0f3fu) == (standard & 0x0f3fu); }

    unsigned short control_;
    struct {
        unsigned words[7]; // control, status, tags, and the place of the last exception
    } before_;
#else
public:
    DecimalEnvironment() noexcept {} // so that an object is not reported as an unused variable
#endif
};

} // namespace nib
