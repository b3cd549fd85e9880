// Structs that grow: programs built against an older or a newer version of one.
#include "api/guard.hpp"

#include "catch.hpp"

#include <cstdint>
#include <cstring>
#include <string>

namespace {

struct First {
    std::size_t struct_size;
    std::int32_t a, b;
};

struct Mock {
    std::size_t struct_size;
    std::int32_t a, b;
    double c;
};

// A caller's struct in separate memory, with guard bytes behind it.
template <class Struct>
struct Guarded {
    Guarded()
    {
        std::memset(&value, 0x77, sizeof value);
        std::memset(guard, 0x5a, sizeof guard);
        value.struct_size = sizeof(Struct);
    }
    bool intact() const
    {
        for (const unsigned char byte : guard) {
            if (byte != 0x5a) return false;
        }
        return true;
    }
    // The struct as the library sees it.
    Mock* seen() { return reinterpret_cast<Mock*>(&value); }

    Struct value;
    unsigned char guard[32];
};

constexpr Mock defaults{sizeof(Mock), 1, 2, 0.5};

} // namespace

template <>
struct nib::StructSizes<Mock> {
    static constexpr std::size_t list[] = {sizeof(First), sizeof(Mock)};
};

TEST_CASE("a struct of an older version is read, with the default of what it lacks")
{
    Guarded<First> old;
    old.value.a = 10;
    old.value.b = 20;
    const Mock read = nib::api::read_struct("options", old.seen(), defaults);
    CHECK(read.struct_size == sizeof(Mock));
    CHECK(read.a == 10);
    CHECK(read.b == 20);
    CHECK(read.c == 0.5); // and not the bytes behind the older struct
    CHECK(nib::api::used_options(old.seen(), defaults).c == 0.5);
}

TEST_CASE("a struct of today's version is read whole")
{
    Guarded<Mock> now;
    now.value.a = 10;
    now.value.b = 20;
    now.value.c = 30;
    const Mock read = nib::api::read_struct("options", now.seen(), defaults);
    CHECK(read.a == 10);
    CHECK(read.c == 30);
    CHECK(nib::api::used_options(static_cast<const Mock*>(nullptr), defaults).c == 0.5);
}

TEST_CASE("a struct of an older version is written up to its end")
{
    Guarded<First> old;
    nib::api::write_struct("info", old.seen(), Mock{0, 10, 20, 30});
    CHECK(old.value.struct_size == sizeof(First));
    CHECK(old.value.a == 10);
    CHECK(old.value.b == 20);
    CHECK(old.intact());
}

TEST_CASE("a struct of today's version is written whole")
{
    Guarded<Mock> now;
    nib::api::write_struct("info", now.seen(), Mock{0, 10, 20, 30});
    CHECK(now.value.struct_size == sizeof(Mock));
    CHECK(now.value.b == 20);
    CHECK(now.value.c == 30);
    CHECK(now.intact());
}

TEST_CASE("a size that no version had is refused, and nothing is written")
{
    for (const std::size_t size : {std::size_t{0}, sizeof(First) - 1, sizeof(First) + 4, sizeof(Mock) + 8, SIZE_MAX}) {
        Guarded<Mock> given;
        given.value.struct_size = size;
        const Guarded<Mock> before = given;
        std::string message;
        try {
            nib::api::write_struct("info", given.seen(), defaults);
        } catch (const nib::Error& error) {
            CHECK(error.status() == NIB_ERR_INVALID_ARGUMENT);
            message = error.what();
        }
        CHECK(message == "info->struct_size is " + std::to_string(size) + ": expected 16 or 24");
        CHECK(std::memcmp(&given, &before, sizeof given) == 0);
        CHECK_THROWS_AS(nib::api::read_struct("info", given.seen(), defaults), nib::Error);
    }
}
