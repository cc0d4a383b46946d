#include <fstream>

#include <gtest/gtest.h>

#include "doctor/reach.h"
#include "doctor/sample.h"
#include "doctor/state_place.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

TEST(DoctorTest, AnAddressIsTakenOutOfAUrl) {
  const auto text = [](const std::string& url) {
    const UrlAddress address = AddressOf(url);
    return address.host + " " + address.port;
  };
  EXPECT_EQ(text("https://registry.example.com"), "registry.example.com 443");
  EXPECT_EQ(text("http://registry:8081/subjects"), "registry 8081");
  EXPECT_EQ(text("https://key:secret@registry:8081"), "registry 8081");
  EXPECT_EQ(text("http://a,http://b"), "a 80");
}

TEST(DoctorTest, WhyAnAddressCannotBeReachedIsSaid) {
  EXPECT_EQ(WhyUnreachable("127.0.0.1", "1", Duration{1000}), "Connection refused");
  EXPECT_NE(WhyUnreachable("no-such-host.invalid", "1", Duration{1000}).find("resolved"),
            std::string::npos);
}

TEST(DoctorTest, TheLongestRowIsFoundAndBadOnesAreCounted) {
  TempDir directory;
  const std::string path = directory.path() / "rows.csv";
  std::ofstream(path) << "id,text\n1,a\n2,abcdefgh\n3\n4,b\n";
  const LongestRow longest = LongestRowOf({path}, RowRules(), 1 << 20);
  EXPECT_EQ(longest.rows, 4U);
  EXPECT_EQ(longest.row, 2U);
  EXPECT_GT(longest.bytes, 512 + 8);
  EXPECT_EQ(longest.rejected, 1U);
  EXPECT_NE(longest.first_rejected.find("row 3"), std::string::npos);
}

TEST(DoctorTest, APlaceForTheLedgerIsTriedAndLeftAsItWas) {
  TempDir directory;
  const std::vector<HealthCheck> checks =
      ExamineStatePlace(directory.path() / "not" / "there" / "state.db");
  ASSERT_FALSE(checks.empty());
  EXPECT_EQ(checks[0].health, Health::kOk) << checks[0].found;
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace onceload
