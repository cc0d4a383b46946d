#include "encode/zone_links.h"

#include <algorithm>
#include <array>

namespace onceload {
namespace {

// Made of the tz database's sources (https://www.iana.org/time-zones), release 2026c. Names in
// zone.tab are not old. A name that file backzone has, too, has a history of its own where a system
// is built with that file (Debian is, in part), and then is not the same zone always; nor is
// tzdata.zi of one system the measure, for each resolves such names in its own way. To make it
// anew:
//
//   awk '
//     FILENAME == "zone.tab" { present[$3]; next }
//     FILENAME == "backzone" { if ($1 == "Zone") own[$2]; if ($1 == "Link") own[$3] }
//     $1 == "Link" && !(FILENAME == "backzone" && !($2 in present)) { to[$3] = $2 }
//     END {
//       to["Etc/UTC"] = "UTC"  # which needs no file
//       for (name in to) {
//         if (name in present || name == "UTC") continue
//         target = to[name] == "Etc/UTC" ? "UTC" : to[name]
//         printf "    {\"%s\", \"%s\", %s},\n", name, target, name in own ? "false" : "true"
//       }
//     }' zone.tab etcetera backward backzone | LC_ALL=C sort
constexpr auto kLinks = std::to_array<ZoneLink>({
    {"Africa/Asmera", "Africa/Asmara", false},
    {"Africa/Timbuktu", "Africa/Abidjan", false},
    {"America/Argentina/ComodRivadavia", "America/Argentina/Catamarca", false},
    {"America/Atka", "America/Adak", true},
    {"America/Buenos_Aires", "America/Argentina/Buenos_Aires", true},
    {"America/Catamarca", "America/Argentina/Catamarca", true},
    {"America/Coral_Harbour", "America/Panama", false},
    {"America/Cordoba", "America/Argentina/Cordoba", true},
    {"America/Ensenada", "America/Tijuana", false},
    {"America/Fort_Wayne", "America/Indiana/Indianapolis", true},
    {"America/Godthab", "America/Nuuk", true},
    {"America/Indianapolis", "America/Indiana/Indianapolis", true},
    {"America/Jujuy", "America/Argentina/Jujuy", true},
    {"America/Knox_IN", "America/Indiana/Knox", true},
    {"America/Louisville", "America/Kentucky/Louisville", true},
    {"America/Mendoza", "America/Argentina/Mendoza", true},
    {"America/Montreal", "America/Toronto", false},
    {"America/Nipigon", "America/Toronto", false},
    {"America/Pangnirtung", "America/Iqaluit", false},
    {"America/Porto_Acre", "America/Rio_Branco", true},
    {"America/Rainy_River", "America/Winnipeg", false},
    {"America/Rosario", "America/Argentina/Cordoba", false},
    {"America/Santa_Isabel", "America/Tijuana", true},
    {"America/Shiprock", "America/Denver", true},
    {"America/Thunder_Bay", "America/Toronto", false},
    {"America/Virgin", "America/St_Thomas", false},
    {"America/Yellowknife", "America/Edmonton", false},
    {"Antarctica/South_Pole", "Antarctica/McMurdo", false},
    {"Asia/Ashkhabad", "Asia/Ashgabat", true},
    {"Asia/Calcutta", "Asia/Kolkata", true},
    {"Asia/Choibalsan", "Asia/Ulaanbaatar", true},
    {"Asia/Chongqing", "Asia/Shanghai", false},
    {"Asia/Chungking", "Asia/Shanghai", false},
    {"Asia/Dacca", "Asia/Dhaka", true},
    {"Asia/Harbin", "Asia/Shanghai", false},
    {"Asia/Istanbul", "Europe/Istanbul", true},
    {"Asia/Kashgar", "Asia/Urumqi", false},
    {"Asia/Katmandu", "Asia/Kathmandu", true},
    {"Asia/Macao", "Asia/Macau", true},
    {"Asia/Rangoon", "Asia/Yangon", true},
    {"Asia/Saigon", "Asia/Ho_Chi_Minh", true},
    {"Asia/Tel_Aviv", "Asia/Jerusalem", false},
    {"Asia/Thimbu", "Asia/Thimphu", true},
    {"Asia/Ujung_Pandang", "Asia/Makassar", true},
    {"Asia/Ulan_Bator", "Asia/Ulaanbaatar", true},
    {"Atlantic/Faeroe", "Atlantic/Faroe", true},
    {"Atlantic/Jan_Mayen", "Europe/Berlin", false},
    {"Australia/ACT", "Australia/Sydney", true},
    {"Australia/Canberra", "Australia/Sydney", true},
    {"Australia/Currie", "Australia/Hobart", false},
    {"Australia/LHI", "Australia/Lord_Howe", true},
    {"Australia/NSW", "Australia/Sydney", true},
    {"Australia/North", "Australia/Darwin", true},
    {"Australia/Queensland", "Australia/Brisbane", true},
    {"Australia/South", "Australia/Adelaide", true},
    {"Australia/Tasmania", "Australia/Hobart", true},
    {"Australia/Victoria", "Australia/Melbourne", true},
    {"Australia/West", "Australia/Perth", true},
    {"Australia/Yancowinna", "Australia/Broken_Hill", true},
    {"Brazil/Acre", "America/Rio_Branco", true},
    {"Brazil/DeNoronha", "America/Noronha", true},
    {"Brazil/East", "America/Sao_Paulo", true},
    {"Brazil/West", "America/Manaus", true},
    {"CET", "Europe/Brussels", false},
    {"CST6CDT", "America/Chicago", false},
    {"Canada/Atlantic", "America/Halifax", true},
    {"Canada/Central", "America/Winnipeg", true},
    {"Canada/Eastern", "America/Toronto", true},
    {"Canada/Mountain", "America/Edmonton", true},
    {"Canada/Newfoundland", "America/St_Johns", true},
    {"Canada/Pacific", "America/Vancouver", true},
    {"Canada/Saskatchewan", "America/Regina", true},
    {"Canada/Yukon", "America/Whitehorse", true},
    {"Chile/Continental", "America/Santiago", true},
    {"Chile/EasterIsland", "Pacific/Easter", true},
    {"Cuba", "America/Havana", true},
    {"EET", "Europe/Athens", false},
    {"EST", "America/Panama", false},
    {"EST5EDT", "America/New_York", false},
    {"Egypt", "Africa/Cairo", true},
    {"Eire", "Europe/Dublin", true},
    {"Etc/GMT+0", "Etc/GMT", true},
    {"Etc/GMT-0", "Etc/GMT", true},
    {"Etc/GMT0", "Etc/GMT", true},
    {"Etc/Greenwich", "Etc/GMT", true},
    {"Etc/UCT", "UTC", true},
    {"Etc/UTC", "UTC", true},
    {"Etc/Universal", "UTC", true},
    {"Etc/Zulu", "UTC", true},
    {"Europe/Belfast", "Europe/London", false},
    {"Europe/Kiev", "Europe/Kyiv", true},
    {"Europe/Nicosia", "Asia/Nicosia", true},
    {"Europe/Tiraspol", "Europe/Chisinau", false},
    {"Europe/Uzhgorod", "Europe/Kyiv", false},
    {"Europe/Zaporozhye", "Europe/Kyiv", false},
    {"GB", "Europe/London", true},
    {"GB-Eire", "Europe/London", true},
    {"GMT", "Etc/GMT", true},
    {"GMT+0", "Etc/GMT", true},
    {"GMT-0", "Etc/GMT", true},
    {"GMT0", "Etc/GMT", true},
    {"Greenwich", "Etc/GMT", true},
    {"HST", "Pacific/Honolulu", false},
    {"Hongkong", "Asia/Hong_Kong", true},
    {"Iceland", "Atlantic/Reykjavik", false},
    {"Iran", "Asia/Tehran", true},
    {"Israel", "Asia/Jerusalem", true},
    {"Jamaica", "America/Jamaica", true},
    {"Japan", "Asia/Tokyo", true},
    {"Kwajalein", "Pacific/Kwajalein", true},
    {"Libya", "Africa/Tripoli", true},
    {"MET", "Europe/Brussels", false},
    {"MST", "America/Phoenix", false},
    {"MST7MDT", "America/Denver", false},
    {"Mexico/BajaNorte", "America/Tijuana", true},
    {"Mexico/BajaSur", "America/Mazatlan", true},
    {"Mexico/General", "America/Mexico_City", true},
    {"NZ", "Pacific/Auckland", true},
    {"NZ-CHAT", "Pacific/Chatham", true},
    {"Navajo", "America/Denver", true},
    {"PRC", "Asia/Shanghai", true},
    {"PST8PDT", "America/Los_Angeles", false},
    {"Pacific/Enderbury", "Pacific/Kanton", false},
    {"Pacific/Johnston", "Pacific/Honolulu", false},
    {"Pacific/Ponape", "Pacific/Pohnpei", false},
    {"Pacific/Samoa", "Pacific/Pago_Pago", true},
    {"Pacific/Truk", "Pacific/Chuuk", false},
    {"Pacific/Yap", "Pacific/Chuuk", false},
    {"Poland", "Europe/Warsaw", true},
    {"Portugal", "Europe/Lisbon", true},
    {"ROC", "Asia/Taipei", true},
    {"ROK", "Asia/Seoul", true},
    {"Singapore", "Asia/Singapore", true},
    {"Turkey", "Europe/Istanbul", true},
    {"UCT", "UTC", true},
    {"US/Alaska", "America/Anchorage", true},
    {"US/Aleutian", "America/Adak", true},
    {"US/Arizona", "America/Phoenix", true},
    {"US/Central", "America/Chicago", true},
    {"US/East-Indiana", "America/Indiana/Indianapolis", true},
    {"US/Eastern", "America/New_York", true},
    {"US/Hawaii", "Pacific/Honolulu", true},
    {"US/Indiana-Starke", "America/Indiana/Knox", true},
    {"US/Michigan", "America/Detroit", true},
    {"US/Mountain", "America/Denver", true},
    {"US/Pacific", "America/Los_Angeles", true},
    {"US/Samoa", "Pacific/Pago_Pago", true},
    {"Universal", "UTC", true},
    {"W-SU", "Europe/Moscow", true},
    {"WET", "Europe/Lisbon", false},
    {"Zulu", "UTC", true},
});

constexpr bool Before(const ZoneLink& a, const ZoneLink& b) { return a.old_name < b.old_name; }
static_assert(std::is_sorted(kLinks.begin(), kLinks.end(), Before));

}  // namespace

std::optional<ZoneLink> FindZoneLink(std::string_view old_name) {
  const auto at =
      std::lower_bound(kLinks.begin(), kLinks.end(), ZoneLink{old_name, "", false}, Before);
  if (at == kLinks.end() || at->old_name != old_name) return std::nullopt;
  return *at;
}

}  // namespace onceload
