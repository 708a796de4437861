"""What one can ask about the small world, in many words: the questions of each relation.

`{s}` is the subject as the statements name it, `{S}` with its article, `{P}` its plural.
"""

from playground.world.phrasings import phrases

QUERIES = {
    "capital": phrases("""
        What is the capital of {s}?; Which city is the capital of {s}?; Name the capital of {s}.;
        Tell me the capital of {s}.; What is the capital city of {s}?; Do you know the capital of
        {s}?; Where does the government of {s} sit?; What is {s}'s capital?; {s} capital?; Capital
        of {s}?; The capital of {s} is what?; I forgot the capital of {s}.; What city is the capital
        of {s}?; Is London the capital of {s}? If not, what is?; Is the capital of {s} Geneva, or
        what is it?; Give me the capital of {s}.; I am flying to {s}. What is the capital?; {s}'s
        capital city?; What do they call the capital of {s}?; Which city is the government of {s}
        in?; Can you name the capital of {s}?; I need to know the capital of {s}.; Which is the
        capital over in {s}?; I would like to see the capital of {s}. What is it called?; {s}, what
        is its capital?"""),
    "language": phrases("""
        What is the language of {s}?; Which language do people in {s} speak?; What language is
        spoken in {s}?; What do they speak in {s}?; Tell me the language of {s}.; Name the language
        of {s}.; What language do they speak in {s}?; What do people speak in {s}?; {s} language?;
        Language of {s}?; What is {s}'s language?; I am going to {s}. What language should I
        learn?; Which language do I need in {s}?; What language will I hear in {s}?; My friend is
        from {s}. What language does she speak?; People in {s} speak what?; What tongue is spoken in
        {s}?; How do people talk in {s}, which language?; If I move to {s}, what language must I
        learn?; What do they talk in {s}?; I want to know which language {s} has.; In which language
        do people in {s} talk?; What is spoken over in {s}?"""),
    "money": phrases("""
        What is the money of {s}?; What is the currency of {s}?; What do people in {s} pay with?;
        Which money is used in {s}?; Which currency does {s} use?; Tell me the currency of {s}.;
        What money do they use in {s}?; {s} currency?; Currency of {s}?; What is {s}'s currency?;
        How do I pay in {s}, with what money?; Which cash do I need in {s}?; I am going to {s}. What
        money do I take?; What kind of money does {s} have?; What is the money in {s} called?; What
        do you pay with in {s}?; What do I pay with in {s}?; Which coins do they have in {s}?; What
        cash should I bring to {s}?; What currency is used in {s}?; What currency do I need for a
        trip to {s}?; Can I pay with dollars in {s}? What is their money?; Name the currency of
        {s}.; What do they use for money in {s}?; People in {s} pay with what?"""),
    "continent": phrases("""
        Where is {s}?; Where does {s} lie?; In which part of the world is {s}?; Which continent is
        {s} in?; On which continent is {s}?; What continent is {s} on?; {s} is on what continent?;
        {s} continent?; Where on the map is {s}?; Where in the world is {s}?; What part of the world
        is {s} in?; Tell me where {s} is.; Is {s} in Africa or where?; Is {s} in Asia? If not, where
        is it?; Name the continent of {s}.; {s}, where is that?; What continent does {s} lie in?; I
        cannot find {s} on the map. Where is it?; Which continent do I fly to for {s}?; On what
        continent will I find {s}?; Is {s} a country in Europe or somewhere else?"""),
    "dish": phrases("""
        What is a famous dish of {s}?; What do people in {s} like to eat?; Name a dish from {s}.;
        What food is {s} known for?; What should I eat in {s}?; What do they eat in {s}?; What is a
        good dish to try in {s}?; {s} food?; What food is {s} famous for?; What should I order in a
        restaurant in {s}?; I am hungry. What do they cook in {s}?; What do cooks in {s} make?; What
        is the best food in {s}?; What meal is {s} proud of?; I am in {s}. What should I have for
        dinner?; Tell me a dish of {s}.; What do you eat in {s}?; Which dish comes from {s}?; What
        is typical food in {s}?; What dish should I try in {s}?"""),
    "food": phrases("""
        What does {S} eat?; What do you feed {S}?; What is the food of {S}?; Tell me what {S}
        eats.; What do {P} eat?; What do I feed {P}?; What can I feed {S}?; What do {P} like to
        eat?; {s} food?; What should I give {S} to eat?; I have {S}. What do I feed it?; There is
        {S} in my garden. What does it eat?; What does {S} hunt for?; What does {S} live on?; {S}
        eats what?; What would {S} like to eat?; Do you know what {P} eat?; What food do {P} need?;
        What is a good meal for {S}?; What do {P} feed on?; I found {S}. What can I give it to
        eat?"""),
    "home": phrases("""
        Where does {S} live?; Where can I find {S}?; Where is the home of {S}?; Tell me where {S}
        lives.; Where do {P} live?; Where will I find {P}?; Where do {P} sleep?; Where does {S}
        sleep?; What is the home of {S}?; {s} home?; Where do {P} stay?; Where should I look for
        {S}?; Do you know where {P} live?; Where does {S} have its home?; I want to see {S}. Where
        do I go?; {P} live where?; In what place does {S} live?; Where do {P} make their home?;
        Where is {S} at home?; What is the place where {P} live called?"""),
    "young": phrases("""
        What is a young {s} called?; What do you call a baby {s}?; What is the name for a young
        {s}?; What is a baby {s} called?; What is a baby {s}?; Baby {s} name?; What is the word for
        a baby {s}?; How do you call the baby of {S}?; What are the young of {P} called?; What do
        you call a young {s}?; What do you call the child of {S}?; What are baby {P} called?; A baby
        {s} is called what?; My daughter asked what a baby {s} is called.; What do we call a little
        {s}?; What is the baby of {S} called?; Is there a word for a young {s}?; Name for a baby
        {s}?"""),
    "sound": phrases("""
        What sound does {S} make?; What is the sound of {S}?; What noise does {S} make?; What sound
        do {P} make?; What noise do {P} make?; How does {S} sound?; What does {S} sound like?; What
        does {S} say?; {s} sound?; What do {P} say?; The {s} goes what?; How do {P} sound?; What do
        you hear from {S}?; What is the noise of {S} called?; Which sound comes from {S}?; What
        sound will {S} make?; What does the {s} say?; I hear {S}. What is that sound?"""),
    "product": phrases("""
        What does {S} make?; What is the work of {S}?; Tell me what {S} makes.; What does {S} do?;
        What do {P} make?; What do {P} do?; What is the job of {S}?; {s} makes what?; I met {S}.
        What do they make?; What does {S} do all day?; My uncle is {S}. What does he make?; What can
        {S} make?; What would {S} make for me?; What do you get from {S}?; What is {S} good at
        making?; What do {P} do for work?; Do you know what {S} makes?; What is it that {S} does?;
        {s} job, what is it?; I want to be {S}. What would I make?"""),
    "workplace": phrases("""
        Where does {S} work?; Where can you meet {S}?; Tell me where {S} works.; Where do {P} work?;
        Where can I find {S} at work?; Where does {S} do the work?; Where is {S} all day?; Where
        would I meet {S}?; What is the workplace of {S}?; {s} workplace?; Where do {P} go to work?;
        I need {S}. Where do I find one?; Where does {S} do their job?; {S} works where?; Where do
        {P} spend the day?; Do you know where {S} works?; In what place does {S} work?; My sister is
        {S}. Where does she work?; Where do I look for {S}?"""),
    "use": phrases("""
        What is {S} used for?; What can you do with {S}?; What is {S} for?; Why would I need {S}?;
        What do you use {S} for?; What do I do with {S}?; What are {P} for?; What are {P} used for?;
        What is {S} good for?; I was given {S}. What do I do with it?; What am I supposed to do with
        {S}?; What does {S} do?; What is the use of {S}?; {s} use?; I found {S}. What is it for?;
        Why do people have {S}?; Why do people need {P}?; What is the point of {S}?; How do people
        use {S}?; What can I do with {S}?; Tell me what {S} is for.; I bought {S}. What can I use it
        for?; When would I use {S}?"""),
    "opposite": phrases("""
        What is the opposite of {s}?; Tell me the opposite of {s}.; Which word is the opposite of
        {s}?; Opposite of {s}?; What is the reverse of {s}?; If it is not {s}, what is it?; {s}
        opposite?; What word is the opposite of {s}?; Give me the opposite of {s}.; What do you call
        something that is not {s}?; The opposite of {s} is what?; Name the opposite of {s}.; I need
        the opposite of {s}.; What is the other end of {s}?; What would be the opposite of {s}?"""),
    "color": phrases("""
        What is the color of {s}?; What color is {s}?; Which color does {s} have?; What colour is
        {s}?; Color of {s}?; {s} color?; What is {s}'s color?; Tell me the color of {s}.; I want to
        paint {s}. What color do I use?; What color would you give {s}?; {s} is what color?; What is
        the colour of {s}?; Do you know the color of {s}?; What color should {s} be?; In what color
        do I draw {s}?; What color does {s} have?"""),
    "kind": phrases("""
        What is {S}?; What kind of thing is {S}?; Tell me what {S} is.; What sort of thing is {S}?;
        What are {P}?; {S} is what kind of thing?; What does {s} mean?; Explain what {S} is.; Is {S}
        a tool, or what is it?; I saw {S}. What is that?; Do you know what {S} is?; What kind of
        thing are {P}?; What type of thing is {S}?; What would you call {S}?; What group does {S}
        belong to?"""),
    "sense": phrases("""
        What do we {s} with?; What do people use to {s}?; How do we {s}?; What do you {s} with?;
        With what do I {s}?; What do I use to {s}?; Which part of the body do we use to {s}?; What
        do I need to {s}?; How do people {s}?; What part of me can {s}?; Tell me what we {s} with.;
        What does a person {s} with?"""),
    "day": phrases("""
        Which day comes after {s}?; What is the day after {s}?; What day follows {s}?; What comes
        after {s}?; If today is {s}, what is tomorrow?; Today is {s}. What day is tomorrow?; Day
        after {s}?; What day is next after {s}?; It is {s} now. What day is next?; What day do we
        have after {s}?; Tell me the day after {s}.; The day after {s} is what?; If it is {s} today,
        what day comes next?; Yesterday was {s}. What is today?"""),
    "month": phrases("""
        Which month comes after {s}?; What is the month after {s}?; What month follows {s}?; What
        comes after {s}?; If it is {s}, what month is next?; It is {s} now. What month comes next?;
        Month after {s}?; Next month after {s}?; What month do we have after {s}?; Tell me the month
        after {s}.; The month after {s} is what?; If this month is {s}, what is the next one?; {s}
        is over soon. What month comes then?; What will the next month be, now that it is {s}?"""),
}
