#include "program.hpp"

int main(int argc, char** argv)
{
    nib::cli::Ranks alone(nullptr);
    return nib::cli::run_program(argc, argv, alone);
}
