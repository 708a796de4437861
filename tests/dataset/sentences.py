"""Questions and answers in many languages, and English ones that look foreign; written for the tests."""

SENTENCES = {
    "English": """How do I open an account with you?
        The yearly fee is one percent of what you hold in the fund.
        You can change your address at any time in the settings.
        When will my order arrive if I pay today?
        We close at six, and on Sundays the office stays shut.
        Write a short poem about rain in the mountains.
        To reset your password, follow the link that we sent by mail.""",
    "German": """Wie kann ich bei Ihnen ein Konto eröffnen?
        Die jährliche Gebühr beträgt ein Prozent dessen, was Sie im Fonds haben.
        Sie können Ihre Adresse jederzeit in den Einstellungen ändern.
        Wann kommt meine Bestellung, wenn ich heute bezahle?
        Wir schließen um sechs, und am Sonntag bleibt das Büro zu.
        Schreibe ein kurzes Gedicht über den Regen in den Bergen.
        Wo finde ich die Unterlagen für mein Depot?""",
    "French": """Comment puis-je ouvrir un compte chez vous ?
        Les frais annuels sont d'un pour cent de ce que vous avez dans le fonds.
        Vous pouvez changer votre adresse à tout moment dans les réglages.
        Quand est-ce que ma commande arrive si je paie aujourd'hui ?
        Nous fermons à six heures, et le dimanche le bureau reste fermé.
        Écris un petit poème sur la pluie dans les montagnes.
        Où se trouve le formulaire pour mon assurance ?""",
    "Spanish": """¿Cómo puedo abrir una cuenta con ustedes?
        La comisión anual es del uno por ciento de lo que usted tiene en el fondo.
        Puede cambiar su dirección en cualquier momento en los ajustes.
        ¿Cuándo llega mi pedido si lo pago hoy?
        Cerramos a las seis, y los domingos la oficina está cerrada.
        Escribe un poema corto sobre la lluvia en las montañas.
        ¿Dónde está el formulario para mi seguro?""",
    "Italian": """Come posso aprire un conto da voi?
        La commissione annua è dell'uno per cento di quello che avete nel fondo.
        Può cambiare il suo indirizzo in ogni momento nelle impostazioni.
        Quando arriva il mio ordine se lo pago oggi?
        Chiudiamo alle sei, e la domenica l'ufficio resta chiuso.
        Scrivi una breve poesia sulla pioggia in montagna con le rime.
        Dove si trova il modulo per la mia assicurazione?""",
    "Portuguese": """Como é que eu posso abrir uma conta com vocês?
        A taxa anual é de um por cento do que você tem no fundo.
        Você pode mudar o seu endereço a qualquer momento nas configurações.
        Quando chega o meu pedido se eu pagar hoje?
        Fechamos às seis, e aos domingos o escritório não abre.
        Escreva um poema curto sobre a chuva nas montanhas.
        Onde está o formulário para o meu seguro?""",
    "Dutch": """Hoe kan ik bij jullie een rekening openen?
        De jaarlijkse kosten zijn één procent van wat u in het fonds heeft.
        U kunt uw adres altijd veranderen in de instellingen.
        Wanneer komt mijn bestelling als ik vandaag betaal?
        Wij sluiten om zes uur, en op zondag is het kantoor dicht.
        Schrijf een kort gedicht over de regen in de bergen.
        Waar vind ik het formulier voor mijn verzekering?""",
    "Swedish": """Hur kan jag öppna ett konto hos er?
        Den årliga avgiften är en procent av det som du har i fonden.
        Du kan ändra din adress när som helst i inställningarna.
        När kommer min beställning om jag betalar idag?
        Vi stänger klockan sex, och på söndagar är kontoret stängt.
        Skriv en kort dikt om regnet i bergen för mig.
        Var hittar jag blanketten för min försäkring?""",
    "Danish": """Hvordan kan jeg åbne en konto hos jer?
        Det årlige gebyr er en procent af det, som du har i fonden.
        Du kan altid ændre din adresse i indstillingerne.
        Hvornår kommer min bestilling, hvis jeg betaler i dag?
        Vi lukker klokken seks, og om søndagen er kontoret lukket.
        Skriv et kort digt om regnen i bjergene til mig.
        Hvor finder jeg blanketten til min forsikring?""",
    "Finnish": """Miten voin avata tilin teillä, ja mitä se maksaa?
        Vuosimaksu on yksi prosentti siitä, mitä sinun rahastossa on.
        Osoitteen voi aina vaihtaa asetuksista, jos se on muuttunut.
        Milloin tilaus tulee, jos minä maksan sen tänään?
        Me suljemme kuudelta, ja sunnuntaina toimisto ei ole auki.""",
    "Polish": """Jak można u was otworzyć konto i czy to jest trudne?
        Roczna opłata to jeden procent tego, co jest na funduszu.
        Swój adres można zawsze zmienić w ustawieniach.
        Kiedy przyjdzie moje zamówienie, jeśli zapłacę dziś?
        Zamykamy o szóstej, a w niedzielę biuro jest zamknięte.
        Napisz krótki wiersz o deszczu w górach, ale nie za smutny.
        Gdzie jest formularz do mojego ubezpieczenia i jak go wypełnić?""",
    "Czech": """Jak u vás můžu otevřít účet a co to stojí?
        Roční poplatek je jedno procento z toho, co máte ve fondu.
        Svou adresu můžete vždy změnit v nastavení.
        Kdy přijde moje objednávka, když zaplatím dnes?
        Zavíráme v šest a v neděli je kancelář zavřená.""",
    "Romanian": """Cum pot să deschid un cont la voi și cât costă?
        Taxa anuală este de unu la sută din ce aveți în fond.
        Vă puteți schimba adresa când doriți, din setări, fără taxe.
        Când ajunge comanda mea dacă o plătesc azi?
        Închidem la șase, iar duminica biroul nu este deschis.""",
    "Hungarian": """Hogyan lehet itt számlát nyitni, és mennyi az ára?
        Az éves díj egy százaléka annak, ami az alapban van.
        A címét bármikor meg lehet változtatni a beállítások között.
        Mikor jön meg a rendelésem, ha ma fizetek?
        Hatkor zárunk, és vasárnap az iroda nem tart nyitva.""",
    "Turkish": """Sizin bankada nasıl hesap açabilirim ve bu ne kadar sürer?
        Yıllık ücret fonda olan paranın yüzde biri kadar ve daha fazla değil.
        Adresi her zaman ayarlardan değiştirmek mümkün, ama önce giriş yapın.
        Bugün ödersem siparişim ne zaman gelir ve nerede bekler?
        Saat altıda kapatıyoruz ve pazar günü ofis açık değil.""",
    "Indonesian": """Bagaimana saya bisa membuka rekening di bank ini?
        Biaya tahunan adalah satu persen dari yang ada di dana.
        Anda dapat mengubah alamat kapan saja di pengaturan.
        Kapan pesanan saya tiba jika saya bayar hari ini?
        Kami tutup pukul enam, dan pada hari Minggu kantor tidak buka.""",
    "Vietnamese": """Tôi có thể mở tài khoản ở đây như thế nào?
        Phí hàng năm là một phần trăm của số tiền trong quỹ.
        Bạn có thể đổi địa chỉ bất cứ khi nào trong phần cài đặt.
        Khi nào đơn hàng của tôi đến nếu tôi trả tiền hôm nay?
        Chúng tôi đóng cửa lúc sáu giờ và không làm việc chủ nhật.""",
    "Cyrillic": """Как я могу открыть у вас счёт?
        Годовая плата составляет один процент от суммы в фонде.
        Вы можете изменить свой адрес в настройках в любое время.
        Когда придёт мой заказ, если я заплачу сегодня?""",
    "Greek": """Πώς μπορώ να ανοίξω έναν λογαριασμό;
        Η ετήσια χρέωση είναι ένα τοις εκατό.
        Πότε θα έρθει η παραγγελία μου;""",
    "Arabic": """كيف يمكنني فتح حساب لديكم؟
        الرسوم السنوية هي واحد بالمئة.
        متى يصل طلبي إذا دفعت اليوم؟""",
    "Hebrew": """איך אפשר לפתוח אצלכם חשבון?
        העמלה השנתית היא אחוז אחד.""",
    "Devanagari": """मैं आपके यहाँ खाता कैसे खोल सकता हूँ?
        सालाना शुल्क एक प्रतिशत है।""",
    "Japanese": """口座を開くにはどうすればいいですか。
        年間の手数料は一パーセントです。""",
    "Chinese": """我怎么在你们这里开户?
        每年的费用是百分之一。""",
    "Korean": """계좌를 어떻게 개설할 수 있나요?
        연간 수수료는 일 퍼센트입니다.""",
    "Thai": """ฉันจะเปิดบัญชีได้อย่างไร
        ค่าธรรมเนียมรายปีคือหนึ่งเปอร์เซ็นต์""",
}
SENTENCES = {name: [line.strip() for line in text.split("\n")] for name, text in SENTENCES.items()}

FINE = [
    "Juan de la Cruz, María del Carmen y Rosa de los Santos",
    "Juan de la Cruz and Maria del Carmen wrote to Rosa de los Santos.",
    "Ludwig van der Rohe, Otto von der Heide, Anna in der Au",
    "Les Misérables", "La vie en rose", "Das Boot", "c'est la vie", "et cetera", "Москва", "東京",
    "Фёдор Михайлович Достоевский", "São Paulo", "Rio de Janeiro", "Et tu, Brute?", "Der Spiegel",
    "Translate into English: Wo ist der Bahnhof und wie komme ich dorthin?",
    "The German for “where is the station?” is “Wo ist der Bahnhof?”.",
    "How do you say good morning in Japanese? おはようございます",
    "SELECT de, la, el FROM las WHERE los = 1 AND un IN (des, les, du)",
    "for i in range(n): if i in es: de = la[i]; print(de, la, es)",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    "The café on Rue de la Paix serves crème brûlée and pain au chocolat.",
    "El Niño, La Niña, Los Angeles, Las Vegas, San José, Costa del Sol",
    "man was in den war; die hat bin an am so", "no es so me a mi do on to",
    "10 mm, 3 km, 5 kg, 7 l, 2 m", "x = a + b; y = c - d", "Yes.", "No", "OK",
    "Vitamins A, B, C, D, E and K.", "Le Corbusier, La Rochelle, Le Mans, Les Halles, Du Pont, Des Moines",
]
"""Texts that are English, or in no language, however foreign single words of them look."""
