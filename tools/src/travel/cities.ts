import { type Split } from "@timestep/data";

/**
 * Cities and airports by split. No word of one split's names occurs in another's, so that a tagger can tell a city of
 * the test split by its context and spelling alone.
 */
export const CITIES: Readonly<Record<Split, readonly string[]>> = {
  train: list(`
    New York, Los Angeles, San Francisco, San Diego, San Jose, San Antonio, Santa Fe, Santa Barbara, Salt Lake City,
    Mexico City, Kansas City, Oklahoma City, Quebec City, Panama City, St. Louis, St. Paul, Fort Worth, Fort Lauderdale,
    El Paso, Baton Rouge, Little Rock, Grand Rapids, Colorado Springs, Palm Springs, Long Beach, Virginia Beach,
    Kuala Lumpur, Phnom Penh, Ho Chi Minh City, Abu Dhabi, Addis Ababa, Sao Paulo, Porto Alegre, Santo Domingo,
    San Juan, San Salvador, La Paz, Le Havre, Nizhny Novgorod, Frankfurt am Main, Stoke-on-Trent,
    Boston, Denver, Chicago, Seattle, Atlanta, Dallas, Houston, Miami, Orlando, Tampa, Phoenix, Tucson, Detroit,
    Cleveland, Columbus, Cincinnati, Pittsburgh, Philadelphia, Baltimore, Washington, Charlotte, Raleigh, Nashville,
    Memphis, Minneapolis, Milwaukee, Omaha, Tulsa, Austin, Albuquerque, Sacramento, Oakland, Portland, Spokane, Boise,
    Reno, Anchorage, Honolulu, Toronto, Montreal, Ottawa, Calgary, Winnipeg, Halifax, London, Manchester, Liverpool,
    Leeds, Bristol, Edinburgh, Glasgow, Cardiff, Belfast, Cork, Paris, Lyon, Nice, Marseille, Toulouse, Bordeaux,
    Nantes, Lille, Berlin, Munich, Hamburg, Cologne, Stuttgart, Leipzig, Dresden, Hanover, Bremen, Vienna, Salzburg,
    Zurich, Geneva, Basel, Amsterdam, Rotterdam, Brussels, Antwerp, Copenhagen, Aarhus, Stockholm, Gothenburg, Malmo,
    Oslo, Bergen, Trondheim, Helsinki, Tampere, Tallinn, Riga, Vilnius, Warsaw, Krakow, Gdansk, Prague, Brno,
    Bratislava, Budapest, Bucharest, Sofia, Belgrade, Zagreb, Ljubljana, Athens, Thessaloniki, Istanbul, Ankara, Izmir,
    Rome, Milan, Venice, Naples, Turin, Bologna, Florence, Palermo, Madrid, Barcelona, Seville, Valencia, Bilbao,
    Malaga, Porto, Faro, Moscow, Kazan, Kyiv, Lviv, Tbilisi, Yerevan, Baku, Cairo, Alexandria, Tunis, Algiers,
    Casablanca, Marrakesh, Dakar, Accra, Abuja, Nairobi, Kampala, Kigali, Lusaka, Harare, Johannesburg, Durban, Dubai,
    Doha, Riyadh, Jeddah, Muscat, Kuwait, Amman, Beirut, Tehran, Karachi, Islamabad, Mumbai, Bangalore, Chennai,
    Kolkata, Hyderabad, Pune, Dhaka, Kathmandu, Colombo, Bangkok, Phuket, Hanoi, Singapore, Jakarta, Surabaya, Denpasar,
    Manila, Cebu, Beijing, Shanghai, Shenzhen, Chengdu, Wuhan, Nanjing, Xiamen, Tokyo, Osaka, Nagoya, Sapporo, Fukuoka,
    Seoul, Busan, Incheon, Sydney, Melbourne, Brisbane, Perth, Adelaide, Darwin, Auckland, Christchurch, Queenstown,
    Lima, Cusco, Bogota, Medellin, Quito, Guayaquil, Caracas, Santiago, Montevideo, Asuncion, Brasilia, Salvador,
    Recife, Fortaleza, Curitiba, Havana, Kingston, Nassau, Cancun, Guadalajara, Monterrey, JFK, LAX, SFO, ORD, ATL,
    Heathrow, Gatwick, CDG, Haneda, Narita`),
  dev: list(`
    Corpus Christi, Des Moines, Da Nang, Chiang Mai, Bad Homburg, Hat Yai,
    Green Bay, Key West, Monte Carlo, Louisville, Jacksonville, Knoxville, Savannah, Wichita, Tallahassee, Hartford,
    Albany, Edmonton, Regina, Nottingham, Southampton, Aberdeen, Galway, Strasbourg, Rennes, Nuremberg, Dortmund,
    Innsbruck, Lausanne, Utrecht, Ghent, Odense, Uppsala, Stavanger, Turku, Kaunas, Wroclaw, Graz, Split, Varna,
    Genoa, Verona, Bari, Granada, Murcia, Funchal, Tashkent, Almaty, Antananarivo, Lagos, Luanda, Windhoek, Manama,
    Lahore, Jaipur, Goa, Male, Vientiane, Yangon, Guangzhou, Harbin, Qingdao, Kyoto, Hiroshima, Daegu, Hobart,
    Canberra, Wellington, Arequipa, Cali, Rosario, Manaus, Natal, Tijuana, BOS, DFW, Stansted, Orly`),
  test: list(`
    Hong Kong, Rio de Janeiro, Buenos Aires, Tel Aviv, Las Vegas, Cape Town, Saint Petersburg, Ulan Bator, Dar es Salaam,
    Ann Arbor, Sioux Falls, Nha Trang, Punta Arenas, Bora Bora, Taipei, Kaohsiung,
    Taichung, Tainan, Hualien, Macau, Indianapolis, Birmingham, Buffalo, Rochester, Syracuse, Richmond, Norfolk,
    Chattanooga, Lexington, Fresno, Eugene, Vancouver, Victoria, Saskatoon, Newcastle, Inverness, Dublin, Limerick,
    Montpellier, Grenoble, Biarritz, Dusseldorf, Augsburg, Linz, Bern, Lugano, Eindhoven, Bruges, Aalborg, Reykjavik,
    Bodo, Oulu, Poznan, Katowice, Debrecen, Cluj, Sarajevo, Skopje, Tirana, Dubrovnik, Heraklion, Antalya, Trieste,
    Pisa, Catania, Cagliari, Zaragoza, Ibiza, Lisbon, Coimbra, Samara, Odesa, Bishkek, Dushanbe, Kabul, Luxor, Fez,
    Bamako, Kinshasa, Maputo, Gaborone, Sharjah, Delhi, Ahmedabad, Kochi, Thimphu, Mandalay, Medan, Davao, Hangzhou,
    Suzhou, Xian, Dalian, Kanazawa, Naha, Jeju, Cairns, Dunedin, Suva, Apia, Cartagena, Cuenca, Cordoba, Mendoza,
    Belem, Belize, Managua, Oaxaca, TPE, HKG, EWR, Schiphol`),
};

function list(text: string): string[] {
  return text
    .trim()
    .split(/\s*,\s*/)
    .map((name) => name.replace(/\s+/g, " "));
}
